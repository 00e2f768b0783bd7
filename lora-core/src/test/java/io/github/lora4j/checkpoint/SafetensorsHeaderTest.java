package io.github.lora4j.checkpoint;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Every field of a header is checked, and what is wrong is named. */
class SafetensorsHeaderTest {

  @TempDir Path folder;

  static Stream<String> damaged() {
    return HeaderCases.damaged().keySet().stream();
  }

  @ParameterizedTest
  @MethodSource("damaged")
  void refusesDamagedHeader(String damage) throws IOException {
    Path file = folder.resolve("model.safetensors");
    Files.write(file, HeaderCases.damaged().get(damage));
    var e = assertThrows(CheckpointException.class, () -> SafetensorsFile.open(file).close());
    String expected = damage.substring(damage.indexOf(' ') + 1);
    assertTrue(e.getMessage().contains(expected), e.getMessage());
    assertTrue(e.getMessage().startsWith(file.toString()), e.getMessage());
    assertEquals(1, e.getMessage().lines().count(), e.getMessage());
  }

  @Test
  void readsValidHeaders() throws IOException {
    Path file = folder.resolve("model.safetensors");
    for (byte[] bytes : HeaderCases.valid().values()) {
      Files.write(file, bytes);
      SafetensorsFile.open(file).close();
    }
    Files.write(file, HeaderCases.valid().get("two-unsorted"));
    try (SafetensorsFile tensors = SafetensorsFile.open(file)) {
      assertEquals(List.of("a", "b"), List.copyOf(tensors.names()));
      assertEquals("pt", tensors.metadata().get("format"));
      assertEquals(List.of(2L, 2L), tensors.info("b").shape());
      assertEquals(Files.size(file) - 8, tensors.info("b").offset());
      assertEquals(0x0807060504030201L, tensors.bytes("a").getLong(0));
      assertEquals(1, tensors.bytes("b", 6, 2).remaining() / 2);
      assertThrows(IndexOutOfBoundsException.class, () -> tensors.bytes("b", 7, 2));
      var e = assertThrows(CheckpointException.class, () -> tensors.info("c"));
      assertTrue(e.getMessage().contains("'c'"), e.getMessage());
    }
  }

  @Test
  void namesMissingFile() {
    Path file = folder.resolve("none.safetensors");
    var e = assertThrows(CheckpointException.class, () -> SafetensorsFile.open(file));
    assertTrue(e.getMessage().contains("none.safetensors: file does not exist"), e.getMessage());
    assertThrows(CheckpointException.class, () -> SafetensorsFile.open(folder));
  }

  @Test
  void fuzzingSeedsAreTheseCases() throws IOException {
    // -Dlora4j.writeSeeds=true writes them, for use after a change of the cases.
    Path seeds =
        Path.of("src/test/resources/io/github/lora4j/checkpoint/SafetensorsFuzzTestInputs/file");
    if (Boolean.getBoolean("lora4j.writeSeeds")) {
      Files.createDirectories(seeds);
      writeSeeds(seeds, HeaderCases.valid());
      writeSeeds(seeds, HeaderCases.damaged());
    }
    Set<String> names = Set.copyOf(List.of(seeds.toFile().list()));
    assertEquals(HeaderCases.valid().size() + HeaderCases.damaged().size(), names.size());
    for (var entry : HeaderCases.damaged().entrySet()) {
      Path seed = seeds.resolve(seedName(entry.getKey()));
      assertEquals(-1, Arrays.mismatch(entry.getValue(), Files.readAllBytes(seed)));
    }
  }

  private static void writeSeeds(Path seeds, Map<String, byte[]> files) throws IOException {
    for (var entry : files.entrySet()) {
      Files.write(seeds.resolve(seedName(entry.getKey())), entry.getValue());
    }
  }

  private static String seedName(String description) {
    return description.split(" ")[0];
  }
}
