package io.github.lora4j.checkpoint;

import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Thousands of mutated files: each is read in full or refused with a CheckpointException. */
class SafetensorsMutationTest {

  private static final String ALPHABET = "{}[]\",:0123456789-.eF\\u \u0000";

  @TempDir Path folder;

  @Test
  void mutatedFilesAreReadOrRefused() throws IOException {
    List<byte[]> valid = new ArrayList<>(HeaderCases.valid().values());
    valid.add(Files.readAllBytes(GoldenFiles.path("types.safetensors")));
    List<byte[]> damaged = new ArrayList<>(HeaderCases.damaged().values());
    Random random = new Random(42);
    Path file = folder.resolve("mutated.safetensors");
    int[] outcomes = new int[2];
    assertTimeoutPreemptively(
        Duration.ofMinutes(2),
        () -> {
          for (int i = 0; i < 4000; i++) {
            List<byte[]> seeds = random.nextInt(4) == 0 ? damaged : valid;
            byte[] mutated = seeds.get(random.nextInt(seeds.size()));
            for (int changes = 1 + random.nextInt(2); changes > 0; changes--) {
              mutated = mutate(mutated, random);
            }
            Files.write(file, mutated);
            outcomes[isReadable(file) ? 1 : 0]++;
          }
        });
    assertTrue(outcomes[0] > 1000, "refused: " + outcomes[0]);
    assertTrue(outcomes[1] > 20, "read: " + outcomes[1]);
  }

  /** Reads everything; any other exception than CheckpointException fails the test. */
  static boolean isReadable(Path file) {
    try (SafetensorsFile tensors = SafetensorsFile.open(file)) {
      for (String name : tensors.names()) {
        TensorInfo info = tensors.info(name);
        int bytes = tensors.bytes(name).remaining();
        if (bytes != info.byteLength()) {
          throw new AssertionError(name + " has " + bytes + " bytes");
        }
        if (info.dtype().isReadableAsFloat32()) {
          tensors.readFloat32(name);
        }
      }
      return true;
    } catch (CheckpointException e) {
      return false;
    }
  }

  private static byte[] mutate(byte[] from, Random random) {
    if (from.length == 0) {
      return new byte[] {(byte) random.nextInt()};
    }
    int at = random.nextInt(from.length);
    byte[] changed = from.clone();
    switch (random.nextInt(7)) {
      case 0 -> changed[at] ^= (byte) (1 << random.nextInt(8));
      case 1 -> changed[at] = (byte) ALPHABET.charAt(random.nextInt(ALPHABET.length()));
      case 2 -> changed[random.nextInt(Math.min(8, from.length))] = (byte) random.nextInt();
      case 3 -> changed = Arrays.copyOf(from, at);
      case 4 -> changed = Arrays.copyOf(from, from.length + random.nextInt(20));
      case 5 -> {
        // Bytes repeated: longer numbers, doubled keys.
        int length = Math.min(1 + random.nextInt(12), from.length - at);
        changed = Arrays.copyOf(from, from.length + length);
        System.arraycopy(from, at, changed, at + length, from.length - at);
        growHeader(changed, length, random);
      }
      default -> {
        int length = Math.min(1 + random.nextInt(12), from.length - at);
        changed = Arrays.copyOf(from, from.length - length);
        System.arraycopy(from, at + length, changed, at, from.length - at - length);
        growHeader(changed, -length, random);
      }
    }
    return changed;
  }

  /** Mostly keeps the length field right, so that the JSON itself gets tested. */
  private static void growHeader(byte[] file, int by, Random random) {
    if (file.length >= 8 && random.nextInt(4) > 0) {
      int length = (file[0] & 255 | (file[1] & 255) << 8) + by;
      file[0] = (byte) length;
      file[1] = (byte) (length >> 8);
    }
  }
}
