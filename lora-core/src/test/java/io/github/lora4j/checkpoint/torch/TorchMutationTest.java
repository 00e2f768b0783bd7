package io.github.lora4j.checkpoint.torch;

import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.lora4j.checkpoint.CheckpointException;
import io.github.lora4j.checkpoint.TensorInfo;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Thousands of mutated files: each is read in full or refused with a CheckpointException. */
class TorchMutationTest {
  private static final byte[] OPERATIONS = {
    (byte) 0x80,
    '(',
    'N',
    'K',
    'X',
    '}',
    ']',
    ')',
    't',
    'a',
    'e',
    's',
    'u',
    'q',
    'h',
    'c',
    'R',
    'b',
    'Q',
    '.',
    (byte) 0x85,
    (byte) 0x86,
    (byte) 0x87,
    (byte) 0x8a,
    (byte) 0x93,
    (byte) 0x94
  };

  @TempDir Path folder;

  @Test
  void mutatedArchivesAreReadOrRefused() throws IOException {
    byte[] archive = Files.readAllBytes(TorchFileTest.GOLDEN.resolve("views.bin"));
    int[] outcomes = outcomes(random -> mutate(archive, random));
    assertTrue(outcomes[0] > 500, "refused: " + outcomes[0]);
    assertTrue(outcomes[1] > 100, "read: " + outcomes[1]);
  }

  @Test
  void mutatedPicklesAreReadOrRefused() throws IOException {
    Map<String, byte[]> entries = new LinkedHashMap<>();
    try (ZipFile zip = new ZipFile(TorchFileTest.GOLDEN.resolve("views.bin").toFile())) {
      for (ZipEntry entry : zip.stream().toList()) {
        entries.put(entry.getName(), zip.getInputStream(entry).readAllBytes());
      }
    }
    String name = "views/data.pkl";
    byte[] pickle = entries.get(name);
    int[] outcomes =
        outcomes(
            random -> {
              byte[] changed = pickle;
              for (int changes = 1 + random.nextInt(3); changes > 0; changes--) {
                changed = mutate(changed, random);
              }
              Map<String, byte[]> mutated = new LinkedHashMap<>(entries);
              mutated.put(name, changed);
              return TorchArchive.bytes(mutated);
            });
    assertTrue(outcomes[0] > 1000, "refused: " + outcomes[0]);
    assertTrue(outcomes[1] > 20, "read: " + outcomes[1]);
  }

  private interface Source {
    byte[] next(Random random) throws IOException;
  }

  private int[] outcomes(Source source) {
    Random random = new Random(17);
    Path file = folder.resolve("mutated.bin");
    int[] outcomes = new int[2];
    assertTimeoutPreemptively(
        Duration.ofMinutes(2),
        () -> {
          for (int i = 0; i < 3000; i++) {
            Files.write(file, source.next(random));
            outcomes[isReadable(file) ? 1 : 0]++;
          }
        });
    return outcomes;
  }

  private static byte[] mutate(byte[] from, Random random) {
    int at = random.nextInt(from.length);
    byte[] changed = from.clone();
    switch (random.nextInt(5)) {
      case 0 -> changed[at] ^= (byte) (1 << random.nextInt(8));
      case 1 -> changed[at] = OPERATIONS[random.nextInt(OPERATIONS.length)];
      case 2 -> changed = Arrays.copyOf(from, Math.max(1, at));
      case 3 -> {
        int other = random.nextInt(from.length);
        int count = Math.min(random.nextInt(30), from.length - Math.max(at, other));
        System.arraycopy(from, other, changed, at, count);
      }
      default -> changed[at] = (byte) random.nextInt();
    }
    return changed;
  }

  /** Reads everything; any other exception than CheckpointException fails the test. */
  static boolean isReadable(Path path) {
    try (TorchFile file = TorchFile.open(path)) {
      List<String> names = new ArrayList<>(file.names());
      for (String name : names) {
        TensorInfo info = file.info(name);
        if (file.bytes(name).remaining() != info.byteLength()) {
          throw new AssertionError(name + " is not " + info.byteLength() + " bytes");
        }
        if (info.dtype().isReadableAsFloat32()) {
          file.readFloat32(name);
        }
      }
      return true;
    } catch (CheckpointException e) {
      return false;
    }
  }
}
