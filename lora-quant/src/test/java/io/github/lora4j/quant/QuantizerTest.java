package io.github.lora4j.quant;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.lora4j.compute.Compute;
import io.github.lora4j.compute.KernelSet;
import io.github.lora4j.compute.Kernels;
import io.github.lora4j.compute.WorkerPool;
import io.github.lora4j.tensor.FrozenMatrix;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class QuantizerTest {
  private static final Kernels KERNELS = Compute.withThreads(1).kernels();
  private static final WorkerPool POOL = new WorkerPool(1);

  private static float[] random(long seed, int count) {
    Random random = new Random(seed);
    float[] values = new float[count];
    for (int i = 0; i < count; i++) {
      values[i] = (float) random.nextGaussian();
    }
    return values;
  }

  /** Of all codes none is nearer than the one that was chosen. */
  @Property(tries = 50)
  void theNearestCodeIsTaken(
      @ForAll QuantType type,
      @ForAll @IntRange(min = 1, max = 9) int out,
      @ForAll @IntRange(min = 1, max = 150) int in,
      @ForAll long seed) {
    float[] w = random(seed, out * in);
    FourBitWeights packed =
        new Quantizer(new QuantConfig(type, 64, false)).quantize(POOL, w, out, in);
    float[] decoded = new float[out * in];
    new FourBitMatrix(KERNELS, packed).decodeRows(0, out, 0, in, decoded, 0, in);
    for (int i = 0; i < w.length; i++) {
      float scale = packed.absmax().get(i / 64);
      float best = Float.MAX_VALUE;
      for (float code : type.codes()) {
        best = Math.min(best, Math.abs(w[i] - code * scale));
      }
      assertEquals(best, Math.abs(w[i] - decoded[i]), 2e-6f * scale);
    }
  }

  /** Any block of the matrix is decoded as the interface says, whatever is in the blocks. */
  @Property(tries = 100)
  void blocksOfTheMatrix(
      @ForAll @IntRange(min = 1, max = 40) int out,
      @ForAll @IntRange(min = 1, max = 90) int columns,
      @ForAll boolean wholeBlocks,
      @ForAll @IntRange(max = 39) int rowSeed,
      @ForAll @IntRange(max = 89) int colSeed,
      @ForAll @IntRange(max = 3) int gap,
      @ForAll boolean nested,
      @ForAll long seed) {
    int in = wholeBlocks ? (columns + 31) / 32 * 32 : columns;
    QuantConfig config = new QuantConfig(QuantType.NF4, 32, nested);
    FourBitMatrix matrix =
        new FourBitMatrix(
            KERNELS, new Quantizer(config).quantize(POOL, random(seed, out * in), out, in));
    assertEquals(config.bytes(out, in), matrix.bytes());
    float[] all = new float[out * in];
    for (int r = 0; r < out; r++) {
      matrix.decodeRow(r, all, r * in);
    }
    assertArrayEquals(all, matrix.weights().dequantize());
    int row = rowSeed % out;
    int col = colSeed % in;
    int rows = out - row;
    int cols = in - col;
    float[] panel = random(1, 3 + cols * (rows + gap));
    matrix.decodePanel(row, rows, col, cols, panel, 3, rows + gap);
    float[] lines = random(1, 3 + rows * (cols + gap));
    matrix.decodeRows(row, rows, col, cols, lines, 3, cols + gap);
    for (int r = 0; r < rows + gap; r++) {
      for (int c = 0; c < cols + gap; c++) {
        float expected = r < rows && c < cols ? all[(row + r) * in + col + c] : 0f;
        if (c < cols) {
          assertEquals(expected, panel[3 + c * (rows + gap) + r], 0f);
        }
        if (r < rows) {
          assertEquals(expected, lines[3 + r * (cols + gap) + c], 0f);
        }
      }
    }
  }

  /** Products over 4-bit weights are those over the decoded weights. */
  @Property(tries = 30)
  void products(
      @ForAll @IntRange(min = 1, max = 70) int rows,
      @ForAll @IntRange(min = 1, max = 80) int out,
      @ForAll @IntRange(min = 1, max = 200) int in,
      @ForAll long seed) {
    requireProducts(rows, out, in, QuantConfig.NF4, seed);
    requireProducts(1 + rows % 13, out, in, QuantConfig.NF4, seed);
    int whole = (in + 63) / 64 * 64;
    requireProducts(1 + rows % 5, out, whole, QuantConfig.NF4, seed);
    requireProducts(1 + rows % 5, out, whole, new QuantConfig(QuantType.NF4, 64, false), seed);
  }

  private static void requireProducts(int rows, int out, int in, QuantConfig config, long seed) {
    for (KernelSet set : KernelSet.values()) {
      if (!set.available()) {
        continue;
      }
      try (Compute compute = new Compute(set, 2)) {
        FourBitMatrix packed =
            new FourBitMatrix(
                compute.kernels(),
                new Quantizer(config).quantize(POOL, random(seed, out * in), out, in));
        float[] decoded = new float[out * in];
        packed.decodeRows(0, out, 0, in, decoded, 0, in);
        FrozenMatrix dense = compute.gemm().dense(decoded, out, in);
        float[] x = random(seed + 1, rows * in);
        float[] y = new float[rows * out];
        float[] expected = new float[rows * out];
        compute.gemm().forward(compute.pool(), x, rows, packed, null, y);
        compute.gemm().forward(compute.pool(), x, rows, dense, null, expected);
        assertArrayEquals(expected, y, 1e-4f);
        float[] dx = new float[rows * in];
        float[] expectedDx = new float[rows * in];
        compute.gemm().backward(compute.pool(), y, rows, packed, dx, false);
        compute.gemm().backward(compute.pool(), y, rows, dense, expectedDx, false);
        assertArrayEquals(expectedDx, dx, 2e-3f);
      }
    }
  }

  @Test
  void fourAndABitBitsPerWeight() {
    FourBitMatrix matrix =
        new FourBitMatrix(
            KERNELS, new Quantizer(QuantConfig.NF4).quantize(POOL, random(1, 1 << 18), 512, 512));
    assertEquals(4.127, matrix.bytes() * 8.0 / (1 << 18), 0.001);
  }

  @Test
  void weightsThatAreNotFiniteAreRefusedWithTheirPosition() {
    for (float bad : new float[] {Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY}) {
      float[] w = random(1, 300);
      w[217] = bad;
      IllegalArgumentException e =
          assertThrows(
              IllegalArgumentException.class,
              () -> new Quantizer(QuantConfig.NF4).quantize(POOL, w, 3, 100));
      assertTrue(e.getMessage().contains("row 2, column 17"), e.getMessage());
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 16, 48, 63, 8192, -64})
  void blockSizesThatThePeerRefuses(int size) {
    assertThrows(IllegalArgumentException.class, () -> new QuantConfig(QuantType.NF4, size, true));
  }

  @Test
  void unknownTypesAndWrongLengths() {
    assertThrows(IllegalArgumentException.class, () -> QuantType.of("nf5"));
    assertThrows(
        IllegalArgumentException.class,
        () -> new Quantizer(QuantConfig.NF4).quantize(POOL, new float[5], 2, 3));
    assertThrows(
        IllegalArgumentException.class,
        () ->
            new FourBitWeights(
                QuantType.NF4, 2, 64, 64, new byte[63], new Absmax.Plain(new float[2])));
  }
}
