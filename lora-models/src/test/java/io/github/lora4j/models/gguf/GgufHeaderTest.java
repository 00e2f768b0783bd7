package io.github.lora4j.models.gguf;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.lora4j.checkpoint.CheckpointException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Every field of a header is checked, and what is wrong is named. */
class GgufHeaderTest {
  @TempDir Path folder;

  static Stream<String> damaged() {
    return GgufCases.damaged().keySet().stream();
  }

  @ParameterizedTest
  @MethodSource("damaged")
  void refusesDamagedHeader(String damage) throws IOException {
    Path file = folder.resolve("model.gguf");
    Files.write(file, GgufCases.damaged().get(damage));
    var e = assertThrows(CheckpointException.class, () -> GgufFile.open(file).close());
    String expected = damage.substring(damage.indexOf(' ') + 1);
    assertTrue(e.getMessage().contains(expected), e.getMessage());
    assertTrue(e.getMessage().startsWith(file.toString()), e.getMessage());
    assertEquals(1, e.getMessage().lines().count(), e.getMessage());
  }

  @Test
  void readsValidHeaders() throws IOException {
    for (byte[] content : GgufCases.valid().values()) {
      open(content).close();
    }
    try (GgufFile file = open(GgufCases.valid().get("version-2"))) {
      assertEquals(2, file.version());
      assertEquals("x", file.metadata().string("general.name"));
      assertArrayEquals(new float[4], file.readFloat32("a"));
    }
    try (GgufFile file = open(GgufCases.valid().get("values"))) {
      assertEquals(3, file.version());
      assertEquals(List.of("q", "f"), List.copyOf(file.tensors().keySet()));
      assertEquals(List.of(2L, 32L), file.tensor("q").shape());
      assertEquals(0, file.tensor("q").offset() % 8);
      assertEquals(file.tensor("f").offset() + 8, file.tensor("q").offset());
      assertTrue(file.metadata().bool("bool"));
      assertArrayEquals(new String[] {"a", "ß"}, file.metadata().strings("strings"));
      assertEquals(List.of(List.of(7L), List.of()), file.metadata().object("nested"));
    }
  }

  /** A type that cannot be decoded is no reason to refuse the other tensors. */
  @Test
  void unknownTypesAreNamedWhenUsed() throws IOException {
    byte[] content =
        new GgufBuilder().tensor("iq", 16, 0, 256).tensor("f", 0, 96, 8).data(128).build();
    try (GgufFile file = open(content)) {
      assertEquals(8, file.readFloat32("f").length);
      assertEquals(16, file.tensor("iq").typeId());
      var e = assertThrows(CheckpointException.class, () -> file.readFloat32("iq"));
      assertTrue(e.getMessage().contains("tensor 'iq': GGUF type 16"), e.getMessage());
      assertTrue(e.getMessage().contains("Q4_K (12)"), e.getMessage());
    }
  }

  @Test
  void missingFiles() {
    Path file = folder.resolve("none.gguf");
    var e = assertThrows(CheckpointException.class, () -> GgufFile.open(file));
    assertTrue(e.getMessage().contains("none.gguf: file does not exist"), e.getMessage());
    assertThrows(CheckpointException.class, () -> GgufFile.open(folder));
  }

  private GgufFile open(byte[] content) throws IOException {
    Path file = Files.createTempFile(folder, "model", ".gguf");
    Files.write(file, content);
    return GgufFile.open(file);
  }
}
