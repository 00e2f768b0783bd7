package io.github.lora4j.quant;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.lora4j.checkpoint.AtomicFile;
import io.github.lora4j.checkpoint.CheckpointException;
import io.github.lora4j.checkpoint.DType;
import io.github.lora4j.checkpoint.SafetensorsFile;
import io.github.lora4j.checkpoint.SafetensorsWriter;
import io.github.lora4j.compute.WorkerPool;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Weights that are packed in parts are those that are packed as a whole, byte for byte. */
class StreamingQuantizerTest {
  private static final Map<DType, String> TYPES =
      Map.of(
          DType.F32, "float32", DType.F16, "float16", DType.BF16, "bfloat16", DType.F64, "float32");
  private static WorkerPool pool;
  @TempDir Path folder;

  @BeforeAll
  static void open() {
    pool = new WorkerPool(2);
  }

  @AfterAll
  static void close() {
    pool.close();
  }

  static Stream<QuantConfig> configs() {
    return Stream.of(QuantType.values())
        .flatMap(
            type ->
                Stream.of(32, 64, 128, 256, 512, 1024, 2048, 4096)
                    .flatMap(
                        size ->
                            Stream.of(true, false).map(two -> new QuantConfig(type, size, two))));
  }

  /** Shapes that end in the middle of a block, of a byte and of a part, or with a part. */
  @ParameterizedTest
  @MethodSource("configs")
  void partsMakeUpTheWhole(QuantConfig config) throws IOException {
    int[][] shapes = {{1, 1}, {3, 1365}, {7, 1173}, {64, 128}, {5, 4099}, {1, 12289}};
    Quantizer quantizer = new Quantizer(config);
    for (DType dtype : TYPES.keySet()) {
      Path source = folder.resolve("source.safetensors");
      SafetensorsWriter sources = new SafetensorsWriter();
      for (int[] shape : shapes) {
        byte[] bytes = weights(dtype, shape[0] * shape[1], shape[1]);
        sources.add(
            name(shape),
            dtype,
            List.of((long) shape[0], (long) shape[1]),
            channel -> AtomicFile.writeFully(channel, ByteBuffer.wrap(bytes)));
      }
      sources.write(source);
      try (SafetensorsFile file = SafetensorsFile.open(source)) {
        SafetensorsWriter whole = new SafetensorsWriter();
        SafetensorsWriter parts = new SafetensorsWriter();
        StreamingQuantizer streaming =
            new StreamingQuantizer(pool, quantizer, file, StreamingQuantizer.UNIT);
        for (int[] shape : shapes) {
          String name = name(shape);
          FourBitWeights packed =
              quantizer.quantize(pool, file.readFloat32(name), shape[0], shape[1]);
          QuantState.add(whole, name, packed, TYPES.get(dtype));
          assertEquals(packed.bytes(), streaming.add(parts, name));
        }
        assertArrayEquals(written(whole), written(parts), dtype + " " + config);
      }
    }
  }

  private static String name(int[] shape) {
    return "w" + shape[0] + "x" + shape[1];
  }

  /** Finite weights, with a stretch of zeros and one of denormals. */
  private static byte[] weights(DType dtype, int count, long seed) {
    Random random = new Random(seed);
    ByteBuffer bytes = ByteBuffer.allocate(count * dtype.byteSize()).order(ByteOrder.LITTLE_ENDIAN);
    for (int i = 0; i < count; i++) {
      float scale = i % 9000 < 100 ? 0 : i % 9000 < 200 ? 1e-39f : 0.02f;
      float value = (float) random.nextGaussian() * scale;
      switch (dtype) {
        case F32 -> bytes.putFloat(value);
        case F64 -> bytes.putDouble(random.nextGaussian() * scale);
        case BF16 -> bytes.putShort((short) (Float.floatToRawIntBits(value) >>> 16));
        // Any finite half: exponents below 31.
        case F16 -> bytes.putShort((short) (random.nextInt(0x7c00) | random.nextInt(2) << 15));
        default -> throw new IllegalArgumentException(dtype.name());
      }
    }
    return bytes.array();
  }

  private byte[] written(SafetensorsWriter writer) throws IOException {
    Path path = folder.resolve("packed.safetensors");
    writer.write(path);
    return Files.readAllBytes(path);
  }

  /** Also in a later part. */
  @Test
  void weightsThatAreNotFiniteAreRefusedWithTheirPosition() {
    float[] w = new float[30 * 1000];
    w[23_017] = Float.NEGATIVE_INFINITY;
    String message = refused(List.of(30L, 1000L), w);
    assertTrue(message.contains("'w'"), message);
    assertTrue(message.contains("weight -Infinity at row 23, column 17 is not finite"), message);
  }

  @Test
  void onlyMatricesArePacked() {
    assertTrue(refused(List.of(8L), new float[8]).contains("shape [8]"));
    assertTrue(refused(List.of(0L, 8L), new float[0]).contains("shape [0, 8]"));
  }

  private String refused(List<Long> shape, float[] w) {
    Path source = folder.resolve("source.safetensors");
    new SafetensorsWriter().addFloat32("w", shape, w).write(source);
    Path to = folder.resolve("packed.safetensors");
    try (SafetensorsFile file = SafetensorsFile.open(source)) {
      SafetensorsWriter writer = new SafetensorsWriter();
      StreamingQuantizer streaming =
          new StreamingQuantizer(
              pool, new Quantizer(QuantConfig.NF4), file, StreamingQuantizer.UNIT);
      CheckpointException e =
          assertThrows(
              CheckpointException.class,
              () -> {
                streaming.add(writer, "w");
                writer.write(to);
              });
      assertFalse(Files.exists(to));
      return e.getMessage();
    }
  }
}
