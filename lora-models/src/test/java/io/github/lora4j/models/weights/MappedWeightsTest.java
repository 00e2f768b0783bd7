package io.github.lora4j.models.weights;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.lora4j.checkpoint.AtomicFile;
import io.github.lora4j.checkpoint.CheckpointException;
import io.github.lora4j.checkpoint.DType;
import io.github.lora4j.checkpoint.NamedTensors;
import io.github.lora4j.checkpoint.SafetensorsFile;
import io.github.lora4j.checkpoint.SafetensorsWriter;
import io.github.lora4j.compute.Compute;
import io.github.lora4j.quant.gguf.GgufMatrix;
import io.github.lora4j.quant.gguf.GgufType;
import io.github.lora4j.quant.gguf.PackedRows;
import io.github.lora4j.tensor.FrozenMatrix;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Weights of 16 bits are the bytes of the file, not a copy. */
class MappedWeightsTest {
  private static final int OUT = 5;
  private static final int IN = 33;

  @TempDir private Path folder;

  @ParameterizedTest
  @CsvSource({"BF16,1", "BF16,66", "BF16,150", "F16,1073741824"})
  void rowsInParts(DType type, int part) {
    try (NamedTensors file = file(type)) {
      PackedRows rows = MappedWeights.rows(file, "w", OUT, part);
      byte[] actual = new byte[2 * OUT * IN];
      rows.copy(0, OUT, 0, 2 * IN, actual, 0);
      byte[] expected = new byte[actual.length];
      file.bytes("w").get(expected);
      assertArrayEquals(expected, actual);
    }
  }

  @ParameterizedTest
  @CsvSource({"BF16", "F16"})
  void theyOutliveTheFileAndEqualTheDecodedValues(DType type) {
    try (Compute compute = Compute.withThreads(1)) {
      NamedTensors file = file(type);
      float[] expected = file.readFloat32("w");
      CheckpointWeights weights = new CheckpointWeights(compute, WeightFormat.STORED, file);
      for (FrozenMatrix matrix :
          List.of(weights.matrix("w", "w", OUT, IN), weights.table("w", OUT, IN))) {
        file.close();
        assertTrue(
            matrix instanceof GgufMatrix mapped && mapped.type() == GgufType.valueOf(type.name()));
        assertEquals(2 * OUT * IN, matrix.bytes());
        float[] actual = new float[OUT * IN];
        matrix.decodeRows(0, OUT, 0, IN, actual, 0, IN);
        assertArrayEquals(expected, actual);
        file = file(type);
        weights = new CheckpointWeights(compute, WeightFormat.STORED, file);
      }
      file.close();
    }
  }

  @Test
  void theShapeIsChecked() {
    try (Compute compute = Compute.withThreads(1);
        NamedTensors file = file(DType.BF16)) {
      CheckpointWeights weights = new CheckpointWeights(compute, WeightFormat.STORED, file);
      CheckpointException shape =
          assertThrows(CheckpointException.class, () -> weights.matrix("w", "w", IN, OUT));
      assertEquals(
          folder.resolve("m.safetensors")
              + ": tensor 'w': has shape [5, 33], config.json says [33, 5]",
          shape.getMessage());
      CheckpointException missing =
          assertThrows(CheckpointException.class, () -> weights.matrix("v", "v", OUT, IN));
      assertTrue(missing.getMessage().endsWith("'v': is missing"), missing.getMessage());
    }
  }

  @Test
  void valuesAreSearchedUnlessOpeningHasToBeFast() {
    try (Compute compute = Compute.withThreads(1);
        NamedTensors file = file(DType.BF16, 2 * IN + 3)) {
      CheckpointWeights all = new CheckpointWeights(compute, WeightFormat.STORED, file);
      CheckpointException e =
          assertThrows(CheckpointException.class, () -> all.matrix("w", "w", OUT, IN));
      assertTrue(
          e.getMessage().endsWith("'w': value NaN at index 69 is not finite"), e.getMessage());
      CheckpointWeights.unsearched(compute, WeightFormat.STORED, file).matrix("w", "w", OUT, IN);
    }
  }

  private NamedTensors file(DType type) {
    return file(type, -1);
  }

  /** With NaN at a place, if it is not negative. */
  private NamedTensors file(DType type, int nan) {
    byte[] bytes = new byte[2 * OUT * IN];
    new Random(7).nextBytes(bytes);
    for (int i = 1; i < bytes.length; i += 2) {
      bytes[i] &= 0x3b; // finite in both types
    }
    if (nan >= 0) {
      bytes[2 * nan] = (byte) 0xff;
      bytes[2 * nan + 1] = 0x7f;
    }
    Path path = folder.resolve("m.safetensors");
    new SafetensorsWriter()
        .add(
            "w",
            type,
            List.of((long) OUT, (long) IN),
            channel -> AtomicFile.writeFully(channel, ByteBuffer.wrap(bytes)))
        .write(path);
    return SafetensorsFile.open(path);
  }
}
