package io.github.lora4j.models.onnx;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.lora4j.checkpoint.CheckpointException;
import io.github.lora4j.checkpoint.DType;
import io.github.lora4j.models.onnx.OnnxModelBuilder.Fields;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class OnnxFileTest {

  private static OnnxFile read(byte[] content) {
    return OnnxFile.of("m.onnx", ByteBuffer.wrap(content));
  }

  private static String failure(byte[] content) {
    return assertThrows(CheckpointException.class, () -> read(content)).getMessage();
  }

  private static String failure(int type, long[] dims, Fields values) {
    return failure(new OnnxModelBuilder().initializer("w", type, dims, values).build());
  }

  @Test
  void namesLinearWeightsByTheirNodesAndTransposesThem() {
    OnnxFile file =
        read(
            new OnnxModelBuilder()
                .node("/layer.1/dense/MatMul", "MatMul", "x", "onnx::MatMul_12")
                .floats("layer.1.dense.bias", new long[] {3}, 7, 8, 9)
                .floats("onnx::MatMul_12", new long[] {2, 3}, 1, 2, 3, 4, 5, 6)
                .build());
    assertEquals(List.of("layer.1.dense.bias", "layer.1.dense.weight"), List.copyOf(file.names()));
    assertEquals(List.of(3L, 2L), file.info("layer.1.dense.weight").shape());
    assertArrayEquals(new float[] {1, 4, 2, 5, 3, 6}, file.readFloat32("layer.1.dense.weight"));
    assertArrayEquals(new float[] {7, 8, 9}, file.readFloat32("layer.1.dense.bias"));
    assertEquals(
        ByteBuffer.wrap(OnnxModelBuilder.littleEndian(1, 4, 2, 5, 3, 6)),
        file.bytes("layer.1.dense.weight"));
    assertEquals(
        ByteBuffer.wrap(OnnxModelBuilder.littleEndian(4, 2)),
        file.bytes("layer.1.dense.weight", 4, 8));
  }

  @Test
  void transposesMatricesLargerThanATile() {
    float[] values = new float[37 * 70];
    for (int i = 0; i < values.length; i++) {
      values[i] = i;
    }
    OnnxFile file =
        read(
            new OnnxModelBuilder()
                .floats("onnx::MatMul_1", new long[] {37, 70}, values)
                .node("/a/MatMul", "MatMul", "x", "onnx::MatMul_1")
                .build());
    float[] transposed = file.readFloat32("a.weight");
    for (int r = 0; r < 37; r++) {
      for (int c = 0; c < 70; c++) {
        assertEquals(values[r * 70 + c], transposed[c * 37 + r]);
      }
    }
  }

  @Test
  void keepsNamesThatNoNodeExplains() {
    OnnxFile file =
        read(
            new OnnxModelBuilder()
                .node("/MatMul", "MatMul", "x", "onnx::MatMul_1")
                .node("/b/MatMul", "MatMul", "x", "named")
                .floats("onnx::MatMul_1", new long[] {1, 2}, 1, 2)
                .floats("named", new long[] {1, 2}, 3, 4)
                .build());
    assertEquals(List.of("onnx::MatMul_1", "named"), List.copyOf(file.names()));
    assertEquals(List.of(1L, 2L), file.info("named").shape());
  }

  @Test
  void oneWeightOfTwoLayersHasBothNames() {
    OnnxFile file =
        read(
            new OnnxModelBuilder()
                .node("/a/MatMul", "MatMul", "x", "onnx::MatMul_1")
                .node("/b/MatMul", "MatMul", "y", "onnx::MatMul_1")
                .floats("onnx::MatMul_1", new long[] {1, 2}, 1, 2)
                .build());
    assertEquals(List.of("a.weight", "b.weight"), List.copyOf(file.names()));
    assertArrayEquals(file.readFloat32("a.weight"), file.readFloat32("b.weight"));
  }

  @Test
  void readsEveryWayToStoreValues() {
    OnnxFile file = read(OnnxModelBuilder.sample());
    assertEquals(DType.I64, file.info("positions").dtype());
    ByteBuffer positions = file.bytes("positions");
    assertEquals(0, positions.getLong());
    assertEquals(300, positions.getLong());
    assertEquals(-2, positions.getLong());
    assertEquals(List.of(), file.info("scale").shape());
    assertArrayEquals(new float[] {0.125f}, file.readFloat32("scale"));
    assertArrayEquals(new float[] {1, -2}, file.readFloat32("halves"));
    assertEquals(35, file.readFinite("encoder.layer.0.query.weight").length);
  }

  @Test
  void integersAreNotReadAsFloats() {
    OnnxFile file = read(OnnxModelBuilder.sample());
    String message =
        assertThrows(CheckpointException.class, () -> file.readFloat32("positions")).getMessage();
    assertEquals("m.onnx: tensor 'positions': I64 is not read as float32", message);
  }

  @Test
  void refusesWeightsThatAreNotFinite() {
    OnnxFile file = read(new OnnxModelBuilder().floats("w", new long[] {2}, 1, Float.NaN).build());
    String message =
        assertThrows(CheckpointException.class, () -> file.readFinite("w")).getMessage();
    assertTrue(message.contains("'w'") && message.contains("index 1"), message);
  }

  @Test
  void anUnknownNameGetsTheNearest() {
    OnnxFile file = read(OnnxModelBuilder.sample());
    String message =
        assertThrows(CheckpointException.class, () -> file.info("encoder.layer.0.qurey.weight"))
            .getMessage();
    assertTrue(message.contains("nearest: [encoder.layer.0.query.weight"), message);
  }

  @Test
  void everyTruncationIsRefused() {
    byte[] content = OnnxModelBuilder.sample();
    // The graph is the last field: whatever is cut off is missing in it.
    for (int length = 0; length < content.length; length++) {
      String message = failure(Arrays.copyOf(content, length));
      assertTrue(message.startsWith("m.onnx: not a"), message);
    }
  }

  @Test
  void refusesValuesThatDoNotFitTheShape() {
    assertTrue(
        failure(1, new long[] {3}, out -> out.writeByteArray(9, new byte[8]))
            .endsWith("shape [3] of FLOAT takes 12 bytes but there are 8"));
    assertTrue(failure(1, new long[] {2}, out -> {}).endsWith("8 bytes but there are 0"));
    assertTrue(
        failure(7, new long[] {2}, out -> out.writeByteArray(7, new byte[] {1}))
            .endsWith("16 bytes but there are 8"));
    assertTrue(
        failure(7, new long[] {1}, out -> out.writeByteArray(7, new byte[] {-1}))
            .endsWith("ends within a varint"));
    assertTrue(
        failure(7, new long[] {1}, out -> out.writeByteArray(7, filled(11, -1)))
            .contains("has a varint of more than 10 bytes at byte "));
  }

  @Test
  void refusesShapesThatOverflow() {
    long huge = Long.MAX_VALUE / 2;
    assertTrue(failure(1, new long[] {huge, 3}, out -> {}).contains("is too large"));
    assertTrue(failure(1, new long[] {huge, 2}, out -> {}).contains("is too large"));
    assertTrue(failure(1, new long[] {-1}, out -> {}).contains("dimension 0 is -1"));
    assertTrue(failure(1, new long[33], out -> {}).contains("more than 32 dimensions"));
    assertTrue(failure(1, new long[] {1L << 40}, out -> {}).contains("but there are 0"));
  }

  @Test
  void refusesWhatIsNotSupported() {
    assertTrue(failure(8, new long[] {1}, out -> {}).contains("ONNX type 8 is not supported"));
    assertTrue(
        failure(1, new long[] {1}, out -> out.writeEnum(14, 1)).contains("values in another file"));
    assertTrue(
        failure(1, new long[] {1}, out -> out.writeByteArray(3, new byte[0]))
            .contains("stored in segments"));
    assertTrue(failure(1, new long[] {1}, out -> out.writeFloat(4, 1)).contains("not packed"));
    assertTrue(
        failure(1, new long[] {1}, out -> out.writeByteArray(7, new byte[4]))
            .contains("has values of field 7 but the type FLOAT"));
    assertTrue(
        failure(
                1,
                new long[] {1},
                out -> {
                  out.writeByteArray(9, new byte[4]);
                  out.writeByteArray(4, new byte[4]);
                })
            .contains("has its values twice"));
  }

  @Test
  void refusesRepeatedAndMissingNames() {
    assertTrue(
        failure(
                new OnnxModelBuilder()
                    .floats("w", new long[] {1}, 1)
                    .floats("w", new long[] {1}, 2)
                    .build())
            .contains("tensor 'w' at byte "));
    assertTrue(
        failure(new OnnxModelBuilder().floats("", new long[] {1}, 1).build())
            .endsWith("has no name"));
    assertTrue(
        failure(
                new OnnxModelBuilder()
                    .node("/a/MatMul", "MatMul", "x", "onnx::MatMul_1")
                    .floats("onnx::MatMul_1", new long[] {1, 1}, 1)
                    .floats("a.weight", new long[] {1, 1}, 1)
                    .build())
            .endsWith("occurs twice"));
  }

  @Test
  void opensFilesAndReportsThoseThatAreNone(@TempDir Path folder) throws IOException {
    Path good = Files.write(folder.resolve("good.onnx"), OnnxModelBuilder.sample());
    try (OnnxFile file = OnnxFile.open(good)) {
      assertArrayEquals(new float[] {1, -2}, file.readFloat32("halves"));
    }
    Path empty = Files.createFile(folder.resolve("empty.onnx"));
    assertTrue(openFailure(empty).endsWith("it has no graph"));
    Path text = Files.writeString(folder.resolve("text.onnx"), "{\"a\": 1}");
    assertTrue(openFailure(text).contains("text.onnx: not a readable ONNX model"));
    assertTrue(openFailure(folder.resolve("none.onnx")).endsWith("no such file"));
  }

  private static String openFailure(Path path) {
    return assertThrows(CheckpointException.class, () -> OnnxFile.open(path)).getMessage();
  }

  @Test
  void doesNotReadAfterClose() {
    OnnxFile file = read(OnnxModelBuilder.sample());
    ByteBuffer view = file.bytes("scale");
    file.close();
    file.close();
    assertEquals(
        "m.onnx: is closed",
        assertThrows(CheckpointException.class, () -> file.readFloat32("scale")).getMessage());
    assertEquals(0.125f, view.getFloat(0));
  }

  private static byte[] filled(int length, int value) {
    byte[] bytes = new byte[length];
    Arrays.fill(bytes, (byte) value);
    return bytes;
  }
}
