package io.github.lora4j.models.gguf;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.github.lora4j.checkpoint.CheckpointException;
import io.github.lora4j.compute.Kernels;
import io.github.lora4j.quant.gguf.GgufMatrix;
import io.github.lora4j.quant.gguf.GgufType;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A file with every type of values and tensors, as gguf-py writes it. */
class GgufFileTest {
  private final GgufFile file = GgufFile.open(GoldenGguf.path("types.gguf"));
  private final GgufMetadata metadata = file.metadata();

  @Test
  void metadataOfEveryType() throws IOException {
    JsonMapper mapper = new JsonMapper();
    for (Map.Entry<String, JsonNode> entry :
        GoldenGguf.json("types.json").get("metadata").properties()) {
      JsonNode value = mapper.valueToTree(metadata.object("test." + entry.getKey()));
      assertEquals(entry.getValue().toString(), value.toString(), entry.getKey());
    }
    assertEquals(4294967295L, metadata.integer("test.uint32"));
    assertEquals(-128, metadata.integer("test.int8"));
    assertEquals(0.5, metadata.number("test.float32"));
    assertEquals(255, metadata.number("test.uint8"));
    assertTrue(metadata.bool("test.bool"));
    assertEquals("Grüße, 世界 🌍", metadata.string("test.string"));
    assertArrayEquals(new long[] {1, -2, 3}, metadata.integers("test.integers"));
    assertArrayEquals(new float[] {0.5f, -1.25f}, metadata.floats("test.numbers"));
    assertArrayEquals(new float[] {1, -2, 3}, metadata.floats("test.integers"));
    assertArrayEquals(new String[] {"a", "", "ß"}, metadata.strings("test.strings"));
    assertEquals(3, metadata.count("test.nested"));
    assertTrue(metadata.isArray("test.nested"));
    assertFalse(metadata.isArray("test.bool"));
    assertFalse(metadata.has("test.none"));
    assertEquals("none", metadata.string("general.architecture", "other"));
    assertEquals(7, metadata.integer("test.none", 7));
  }

  @Test
  void valuesOfAnotherType() {
    requireMessage(
        "'test.string' is a string, not an integer", () -> metadata.integer("test.string"));
    requireMessage(
        "'test.float32' is a float32, not an integer", () -> metadata.integer("test.float32"));
    requireMessage("'test.bool' is a bool, not a string", () -> metadata.string("test.bool"));
    requireMessage("'test.uint8' is a uint8, not a truth", () -> metadata.bool("test.uint8"));
    requireMessage("an array of string, not a number", () -> metadata.number("test.strings"));
    requireMessage("not an array of integers", () -> metadata.integers("test.strings"));
    requireMessage("not an array of strings", () -> metadata.strings("test.nested_strings"));
    requireMessage("not an array of numbers", () -> metadata.floats("test.bools"));
    requireMessage(
        "no metadata 'test.strigns'; nearest: [test.string", () -> metadata.string("test.strigns"));
  }

  @Test
  void tensorsOfEveryType() throws IOException {
    JsonNode tensors = GoldenGguf.json("types.json").get("tensors");
    assertEquals(tensors.size(), file.tensors().size());
    for (Map.Entry<String, JsonNode> entry : tensors.properties()) {
      String name = entry.getKey();
      assertEquals(entry.getValue().get("type").asText(), file.type(name).name());
      assertEquals(
          entry.getValue().get("shape").toString(),
          file.tensor(name).shape().toString().replace(" ", ""));
      assertEquals(
          entry.getValue().get("crc").longValue(), GoldenGguf.crc(file.readFloat32(name)), name);
    }
  }

  /** What is too large for one buffer is mapped in parts of whole rows. */
  @ParameterizedTest
  @ValueSource(ints = {1, 300, 700})
  void tensorsInParts(int part) {
    try (GgufFile parts = GgufFile.open(GoldenGguf.path("types.gguf"), part)) {
      for (String name : file.tensors().keySet()) {
        assertArrayEquals(file.readFloat32(name), parts.readFloat32(name), name);
      }
    }
  }

  /** More bytes than a buffer or an array takes; the file is sparse, all but one row is zeros. */
  @Test
  void tensorOfMoreThanTwoGibibytes(@TempDir Path folder) throws IOException {
    int rows = 3_000;
    int columns = 1 << 20;
    long bytes = GgufType.Q8_0.bytes(rows, columns);
    assertTrue(bytes > 3L << 30);
    byte[] header = new GgufBuilder().tensor("w", 8, 0, columns, rows).build();
    byte[] block = new byte[34];
    block[1] = 0x3c; // 1 in half precision
    block[33] = 5;
    Path path = folder.resolve("large.gguf");
    try (FileChannel channel =
        FileChannel.open(
            path,
            StandardOpenOption.CREATE_NEW,
            StandardOpenOption.WRITE,
            StandardOpenOption.SPARSE)) {
      channel.write(ByteBuffer.wrap(header), 0);
      channel.write(ByteBuffer.wrap(block), header.length + bytes - block.length);
    }
    try (GgufFile large = GgufFile.open(path)) {
      GgufMatrix matrix = large.matrix(Kernels.plain(), "w");
      assertEquals(bytes, matrix.bytes());
      float[] row = new float[columns];
      matrix.decodeRow(rows - 1, row, 0);
      assertEquals(5f, row[columns - 1]);
      assertEquals(0f, row[columns - 2]);
      matrix.decodeRows(rows - 2, 2, columns - 32, 32, row, 0, 32);
      assertEquals(5f, row[63]);
      assertEquals(0f, row[31]);
      requireTooLarge(large);
    }
  }

  private static void requireTooLarge(GgufFile large) {
    CheckpointException e = assertThrows(CheckpointException.class, () -> large.readFloat32("w"));
    assertTrue(e.getMessage().contains("too many for one array"), e.getMessage());
  }

  @Test
  void matricesOutliveTheFile() {
    GgufMatrix matrix = file.matrix(Kernels.plain(), "tensor.Q4_K");
    float[] expected = file.readFloat32("tensor.Q4_K");
    file.close();
    file.close();
    float[] row = new float[256];
    matrix.decodeRow(1, row, 0);
    for (int i = 0; i < 256; i++) {
      assertEquals(expected[256 + i], row[i]);
    }
    assertEquals(3 * 144, matrix.bytes());
    assertEquals("Grüße, 世界 🌍", metadata.string("test.string"));
    requireMessage(
        "tensor 'tensor.Q4_K' at byte", () -> file.matrix(Kernels.plain(), "tensor.Q4_K"));
    requireMessage("the file was closed", () -> file.readFloat32("tensor.F32"));
  }

  @Test
  void unknownTensors() {
    requireMessage(
        "'tensor.F31': is not in this file; nearest: [tensor.F32", () -> file.tensor("tensor.F31"));
    assertEquals(List.of(2L, 3L, 128L), file.tensor("tensor.F32").shape());
    assertEquals(6, file.matrix(Kernels.plain(), "tensor.F32").out());
  }

  private static void requireMessage(String expected, Executable executable) {
    CheckpointException e = assertThrows(CheckpointException.class, executable);
    assertTrue(e.getMessage().contains(expected), e.getMessage());
    assertTrue(e.getMessage().contains("types.gguf: "), e.getMessage());
  }
}
