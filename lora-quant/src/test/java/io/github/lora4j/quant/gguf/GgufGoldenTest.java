package io.github.lora4j.quant.gguf;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.databind.JsonNode;
import io.github.lora4j.checkpoint.SafetensorsFile;
import io.github.lora4j.compute.Compute;
import io.github.lora4j.compute.Kernels;
import io.github.lora4j.quant.GoldenQuant;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Decoded values and written bytes are those of gguf-py, bit for bit. */
class GgufGoldenTest {
  private static final int ROWS = 4;
  private static SafetensorsFile file;
  private static JsonNode index;

  @BeforeAll
  static void open() {
    file = GoldenQuant.open("gguf.safetensors");
    index = GoldenQuant.json("gguf.json");
  }

  @AfterAll
  static void close() {
    file.close();
  }

  @Test
  void typesOfThePeer() {
    assertEquals(GgufType.values().length, index.get("types").size());
    index
        .get("types")
        .fields()
        .forEachRemaining(
            entry -> {
              GgufType type = GgufType.of(entry.getValue().get("id").asInt());
              assertEquals(entry.getKey(), type.name());
              assertEquals(entry.getValue().get("block_size").asInt(), type.blockSize());
              assertEquals(entry.getValue().get("block_bytes").asInt(), type.blockBytes());
            });
  }

  @ParameterizedTest
  @EnumSource
  void decodesRandomBlocksAsThePeer(GgufType type) {
    byte[] data = GoldenQuant.bytes(file, type + "/bytes");
    float[] expected = file.readFloat32(type + "/values");
    int in = expected.length / ROWS;
    for (Kernels kernels : AllKernels.list()) {
      float[] values = new float[expected.length + 1];
      type.decode(kernels, data, 0, expected.length / type.blockSize(), values, 1);
      assertSameBits(expected, values, 1);
      GgufMatrix matrix = new GgufMatrix(kernels, type, ROWS, in, data);
      for (int row = 0; row < ROWS; row++) {
        matrix.decodeRow(row, values, row * in);
      }
      assertSameBits(expected, values, 0);
      float[] panel = new float[8 * in];
      matrix.decodePanel(0, ROWS, 0, in, panel, 0, 8);
      for (int i = 0; i < expected.length; i++) {
        values[i] = panel[i % in * 8 + i / in];
      }
      assertSameBits(expected, values, 0);
    }
  }

  private static void assertSameBits(float[] expected, float[] values, int at) {
    for (int i = 0; i < expected.length; i++) {
      float got = values[at + i];
      int index = i;
      assertEquals(
          Float.floatToRawIntBits(expected[i]),
          Float.floatToRawIntBits(got),
          () -> "value " + index + " is " + got + ", not " + expected[index]);
    }
  }

  static Stream<String> written() {
    Iterable<String> names = () -> index.get("crc").fieldNames();
    return StreamSupport.stream(names.spliterator(), false);
  }

  @ParameterizedTest
  @MethodSource("written")
  void decodesQuantizedWeightsAsThePeer(String name) {
    GgufType type = GgufType.valueOf(name);
    byte[] data = GoldenQuant.bytes(file, "quantized/" + name);
    int blocks = data.length / type.blockBytes();
    for (Kernels kernels : AllKernels.list()) {
      float[] values = new float[blocks * type.blockSize()];
      type.decode(kernels, data, 0, blocks, values, 0);
      assertEquals(index.get("crc").get(name).asLong(), GoldenQuant.crc(values));
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"F16", "Q4_0", "Q8_0"})
  void writesAsThePeer(GgufType type) {
    float[] w = file.readFloat32("weights");
    try (Compute compute = Compute.withThreads(2)) {
      GgufMatrix matrix = GgufQuantizer.quantize(compute, type, w, ROWS, w.length / ROWS);
      assertArrayEquals(GoldenQuant.bytes(file, "quantized/" + type), GgufMatrixTest.data(matrix));
    }
  }
}
