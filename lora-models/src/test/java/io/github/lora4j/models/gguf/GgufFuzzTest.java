package io.github.lora4j.models.gguf;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.github.lora4j.checkpoint.CheckpointException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** A damaged file gives a {@link CheckpointException}, never anything else. */
class GgufFuzzTest {
  @TempDir Path folder;

  static Stream<Arguments> files() {
    return Stream.of(GgufCases.valid(), GgufCases.damaged())
        .map(Map::values)
        .flatMap(files -> files.stream().map(file -> Arguments.of((Object) file)));
  }

  @MethodSource("files")
  @FuzzTest
  void anyBytes(byte[] content) throws IOException {
    Path file = Files.createTempFile("fuzz", ".gguf");
    try {
      Files.write(file, content);
      readAll(file);
    } finally {
      Files.delete(file);
    }
  }

  @Test
  void mutatedFiles() throws IOException {
    List<byte[]> seeds = new ArrayList<>(GgufCases.valid().values());
    seeds.add(Files.readAllBytes(GoldenGguf.path("types.gguf")));
    seeds.add(Files.readAllBytes(GoldenGguf.path("llama.gguf")));
    Random random = new Random(42);
    Path file = folder.resolve("mutated.gguf");
    int[] outcomes = new int[2];
    assertTimeoutPreemptively(
        Duration.ofMinutes(2),
        () -> {
          for (int i = 0; i < 1000; i++) {
            Files.write(file, mutate(seeds.get(random.nextInt(seeds.size())), random));
            outcomes[readAll(file) ? 1 : 0]++;
          }
        });
    assertTrue(outcomes[0] > 200, "refused: " + outcomes[0]);
    assertTrue(outcomes[1] > 50, "read: " + outcomes[1]);
  }

  private static byte[] mutate(byte[] seed, Random random) {
    byte[] content = seed.clone();
    for (int changes = 1 + random.nextInt(4); changes > 0 && content.length > 0; changes--) {
      // Mostly in the header.
      int at =
          random.nextInt(random.nextInt(4) == 0 ? content.length : Math.min(1500, content.length));
      switch (random.nextInt(6)) {
        case 0 -> content[at] = (byte) random.nextInt();
        case 1 -> content[at] ^= (byte) (1 << random.nextInt(8));
        case 2 -> content[at] = (byte) 0xff;
        case 3 -> Arrays.fill(content, at, Math.min(content.length, at + 8), (byte) 0xff);
        case 4 -> content = Arrays.copyOf(content, Math.max(1, at));
        default -> {
          int from = random.nextInt(content.length);
          int length = Math.min(random.nextInt(16), content.length - Math.max(at, from));
          System.arraycopy(content.clone(), from, content, at, length);
        }
      }
    }
    return content;
  }

  /** Reads everything of a file; whether it could be read. */
  private static boolean readAll(Path path) {
    try (GgufFile file = GgufFile.open(path)) {
      for (String key : file.metadata().keys()) {
        file.metadata().object(key);
      }
      for (String name : file.tensors().keySet()) {
        assertEquals(file.tensor(name).elementCount(), file.readFloat32(name).length);
      }
      try (GgufCheckpoint checkpoint = GgufCheckpoint.open(path)) {
        for (String name : checkpoint.names()) {
          checkpoint.readFloat32(name);
        }
      }
      return true;
    } catch (CheckpointException e) {
      assertTrue(e.getMessage().startsWith(path + ": "), e.getMessage());
      assertEquals(1, e.getMessage().lines().count(), e.getMessage());
      return e.getMessage().contains("general.architecture");
    }
  }
}
