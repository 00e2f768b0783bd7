package io.github.lora4j.quant.gguf;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.lora4j.compute.Compute;
import io.github.lora4j.compute.KernelSet;
import io.github.lora4j.compute.Kernels;
import io.github.lora4j.tensor.FrozenMatrix;
import java.util.Random;
import java.util.function.Function;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class GgufMatrixTest {
  private static final Compute COMPUTE = Compute.withThreads(1);
  private static final Kernels KERNELS = COMPUTE.kernels();

  /** Random bytes below 64: no number in them is large, infinite or not a number. */
  static GgufMatrix random(Kernels kernels, GgufType type, int out, int in, long seed) {
    byte[] data = new byte[(int) type.bytes(out, in)];
    new Random(seed).nextBytes(data);
    for (int i = 0; i < data.length; i++) {
      data[i] = (byte) (data[i] & 63);
    }
    return new GgufMatrix(kernels, type, out, in, data);
  }

  /** Types without blocks have rows of any length, some longer than what is decoded at a time. */
  static int columns(GgufType type, int blocks) {
    return type.blockSize() == 1 ? blocks * 101 : blocks * type.blockSize();
  }

  private static float[] gaussian(long seed, int count, float scale) {
    Random random = new Random(seed);
    float[] values = new float[count];
    for (int i = 0; i < count; i++) {
      values[i] = (float) random.nextGaussian() * scale;
    }
    return values;
  }

  static float[] all(FrozenMatrix matrix) {
    float[] all = new float[matrix.out() * matrix.in()];
    for (int r = 0; r < matrix.out(); r++) {
      matrix.decodeRow(r, all, r * matrix.in());
    }
    return all;
  }

  /** Any block of the matrix is decoded as the interface says. */
  @Property(tries = 300)
  void blocksOfTheMatrix(
      @ForAll GgufType type,
      @ForAll @IntRange(min = 1, max = 20) int out,
      @ForAll @IntRange(min = 1, max = 3) int blocks,
      @ForAll @IntRange(max = 19) int rowSeed,
      @ForAll @IntRange(max = 767) int colSeed,
      @ForAll @IntRange(max = 767) int colsSeed,
      @ForAll @IntRange(max = 3) int gap,
      @ForAll long seed) {
    int in = columns(type, blocks);
    int row = rowSeed % out;
    int col = colSeed % in;
    int rows = out - row;
    int cols = 1 + colsSeed % (in - col);
    for (Kernels kernels : AllKernels.list()) {
      GgufMatrix matrix = random(kernels, type, out, in, seed);
      float[] all = new float[out * in];
      type.decode(kernels, data(matrix), 0, all.length / type.blockSize(), all, 0);
      assertArrayEquals(all, all(matrix), 0f);
      requireBlock(matrix, all, row, rows, col, cols, gap);
    }
  }

  static void requireBlock(
      FrozenMatrix matrix, float[] all, int row, int rows, int col, int cols, int gap) {
    int in = matrix.in();
    float[] panel = gaussian(1, 3 + cols * (rows + gap), 1f);
    matrix.decodePanel(row, rows, col, cols, panel, 3, rows + gap);
    float[] lines = gaussian(1, 3 + rows * (cols + gap), 1f);
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

  /** Products over blocks are those over the decoded weights, with one row, a few and many. */
  @Property(tries = 100)
  void products(
      @ForAll GgufType type,
      @ForAll @IntRange(min = 1, max = 70) int rows,
      @ForAll @IntRange(min = 1, max = 80) int out,
      @ForAll @IntRange(min = 1, max = 3) int blocks,
      @ForAll long seed) {
    requireProducts(type, 1, out, columns(type, blocks), seed);
    requireProducts(type, 2 + rows % 12, out, columns(type, blocks), seed);
    requireProducts(type, rows, out, columns(type, blocks), seed);
  }

  /** More columns than a product takes at a time. */
  @ParameterizedTest
  @EnumSource
  void productsOverManyColumns(GgufType type) {
    requireProducts(type, 1, 70, 1024, 3);
    requireProducts(type, 7, 70, 1024, 3);
    requireProducts(type, 35, 70, 1024, 3);
  }

  private static void requireProducts(GgufType type, int rows, int out, int in, long seed) {
    requireProducts(compute -> random(compute.kernels(), type, out, in, seed), rows, out, in, seed);
  }

  /** Products over a matrix are those over the decoded weights, on all kernels. */
  static void requireProducts(
      Function<Compute, FrozenMatrix> of, int rows, int out, int in, long seed) {
    for (KernelSet set : KernelSet.values()) {
      if (!set.available()) {
        continue;
      }
      try (Compute compute = new Compute(set, 2)) {
        FrozenMatrix matrix = of.apply(compute);
        float[] decoded = all(matrix);
        float largest = 0f;
        for (float value : decoded) {
          largest = Math.max(largest, Math.abs(value));
        }
        // Sums of other orders differ by rounding, in proportion to the weights.
        float scale = 1f / largest;
        FrozenMatrix dense = compute.gemm().dense(decoded, out, in);
        float[] x = gaussian(seed + 1, rows * in, scale);
        float[] y = new float[rows * out];
        float[] expected = new float[rows * out];
        float[] bias = gaussian(seed + 2, out, 1f);
        compute.gemm().forward(compute.pool(), x, rows, matrix, bias, y);
        compute.gemm().forward(compute.pool(), x, rows, dense, bias, expected);
        assertArrayEquals(expected, y, 1e-4f, set.name());
        float[] dy = gaussian(seed + 3, rows * out, scale);
        float[] dx = new float[rows * in];
        float[] expectedDx = new float[rows * in];
        compute.gemm().backward(compute.pool(), dy, rows, matrix, dx, false);
        compute.gemm().backward(compute.pool(), dy, rows, dense, expectedDx, false);
        assertArrayEquals(expectedDx, dx, 1e-4f, set.name());
      }
    }
  }

  /** What was written is read back to within half a step, and written again as it was. */
  @ParameterizedTest
  @EnumSource(names = {"F16", "Q4_0", "Q8_0"})
  void roundTrip(GgufType type) {
    float[] w = gaussian(6, 24 * 96, 0.02f);
    GgufMatrix matrix = GgufQuantizer.quantize(COMPUTE, type, w, 24, 96);
    float[] decoded = all(matrix);
    float steps = type == GgufType.Q4_0 ? 8f : type == GgufType.Q8_0 ? 127f : 1024f;
    for (int block = 0; block < w.length; block += 32) {
      float largest = 0f;
      for (int i = block; i < block + 32; i++) {
        largest = Math.max(largest, Math.abs(w[i]));
      }
      for (int i = block; i < block + 32; i++) {
        // Q4_0 has no code for 8: what is on the other side of zero may lose a whole step.
        float limit = largest / steps * (type == GgufType.Q4_0 ? 1.01f : 0.6f);
        assertEquals(w[i], decoded[i], limit);
      }
    }
    if (type == GgufType.F16) {
      assertArrayEquals(data(matrix), data(GgufQuantizer.quantize(COMPUTE, type, decoded, 24, 96)));
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"F16", "Q4_0", "Q8_0"})
  void weightsThatCannotBeWrittenAreNamed(GgufType type) {
    for (float bad : new float[] {Float.NaN, Float.NEGATIVE_INFINITY, Float.POSITIVE_INFINITY}) {
      requireRefused(type, bad, "not finite");
    }
    requireRefused(type, -3e7f, "too large");
  }

  private static void requireRefused(GgufType type, float bad, String expected) {
    float[] w = gaussian(1, 3 * 64, 1f);
    w[2 * 64 + 17] = bad;
    IllegalArgumentException e =
        assertThrows(
            IllegalArgumentException.class, () -> GgufQuantizer.quantize(COMPUTE, type, w, 3, 64));
    assertTrue(e.getMessage().contains("row 2, column 17"), e.getMessage());
    assertTrue(e.getMessage().contains(expected), e.getMessage());
  }

  @ParameterizedTest
  @ValueSource(ints = {4, 9, 23, 99, -1})
  void unknownTypesAreNamed(int id) {
    IllegalArgumentException e =
        assertThrows(IllegalArgumentException.class, () -> GgufType.of(id));
    assertTrue(e.getMessage().contains(Integer.toUnsignedString(id)), e.getMessage());
    assertTrue(e.getMessage().contains("Q4_K (12)"), e.getMessage());
  }

  @Test
  void shapesThatDoNotFit() {
    requireMessage("[4, 100]", () -> new GgufMatrix(KERNELS, GgufType.Q4_0, 4, 100, new byte[225]));
    requireMessage("Q4_K", () -> new GgufMatrix(KERNELS, GgufType.Q4_K, 4, 128, new byte[288]));
    requireMessage("takes 72 bytes, got 71", () -> matrix(71));
    requireMessage("takes 72 bytes, got 73", () -> matrix(73));
    requireMessage("[0, 32]", () -> new GgufMatrix(KERNELS, GgufType.Q4_0, 0, 32, new byte[0]));
    requireMessage("[1, 0]", () -> new GgufMatrix(KERNELS, GgufType.F32, 1, 0, new byte[0]));
    requireMessage(
        "Q6_K", () -> GgufQuantizer.quantize(COMPUTE, GgufType.Q6_K, new float[256], 1, 256));
    requireMessage(
        "64 weights", () -> GgufQuantizer.quantize(COMPUTE, GgufType.Q8_0, new float[64], 3, 32));
    requireMessage(
        "[1, 48]", () -> GgufQuantizer.quantize(COMPUTE, GgufType.Q8_0, new float[48], 1, 48));
  }

  private static GgufMatrix matrix(int bytes) {
    return new GgufMatrix(KERNELS, GgufType.Q4_0, 2, 64, new byte[bytes]);
  }

  @Test
  void blocksBeyondTheArrays() {
    byte[] src = new byte[36];
    float[] dst = new float[64];
    GgufType.Q4_0.decode(KERNELS, src, 0, 2, dst, 0);
    requireMessage("2 Q4_0 blocks", () -> GgufType.Q4_0.decode(KERNELS, src, 1, 2, dst, 0));
    requireMessage("64 values from 1", () -> GgufType.Q4_0.decode(KERNELS, src, 0, 2, dst, 1));
    requireMessage("from -1", () -> GgufType.Q4_0.decode(KERNELS, src, -1, 1, dst, 0));
    requireMessage(
        "2147483647", () -> GgufType.Q4_0.decode(KERNELS, src, 0, Integer.MAX_VALUE, dst, 0));
  }

  private static void requireMessage(
      String expected, org.junit.jupiter.api.function.Executable executable) {
    IllegalArgumentException e = assertThrows(IllegalArgumentException.class, executable);
    assertTrue(e.getMessage().contains(expected), e.getMessage());
  }

  static byte[] data(GgufMatrix matrix) {
    byte[] data = new byte[(int) matrix.bytes()];
    matrix.rows().copy(0, matrix.out(), 0, matrix.rows().rowBytes(), data, 0);
    return data;
  }
}
