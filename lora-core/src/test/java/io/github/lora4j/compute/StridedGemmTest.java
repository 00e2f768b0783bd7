package io.github.lora4j.compute;

import java.util.Arrays;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;

/** Products on parts of larger matrices against float64. */
class StridedGemmTest {

  @Property(tries = 150)
  void partsOfMatrices(
      @ForAll @IntRange(min = 1, max = 40) int m,
      @ForAll @IntRange(min = 1, max = 70) int n,
      @ForAll @IntRange(min = 1, max = 40) int k,
      @ForAll @IntRange(max = 5) int gap,
      @ForAll @IntRange(max = 9) int offset,
      @ForAll boolean accumulate,
      @ForAll long seed) {
    float[] a = Products.random(seed, offset + (m + k) * (m + k + gap));
    float[] b = Products.random(seed + 1, offset + (n + k) * (n + k + gap));
    float[] c = Products.random(seed + 2, offset + m * (n + gap));
    float alpha = 1.3f;
    int lda = Math.max(m, k) + gap;
    int ldb = Math.max(n, k) + gap;
    int ldc = n + gap;
    float[] start = accumulate ? part(c, offset, m, n, ldc) : null;
    float[] as = Arrays.copyOfRange(a, offset, a.length);
    float[] bs = Arrays.copyOfRange(b, offset, b.length);
    for (KernelSet set : KernelSets.list()) {
      StridedGemm gemm = set.small(new FloatBuffers());
      float[] y = c.clone();
      gemm.nt(m, n, k, alpha, a, offset, lda, b, offset, ldb, y, offset, ldc, accumulate);
      double[] nt = Products.multiply(m, n, k, alpha, as, lda, 1, bs, 1, ldb, start);
      requirePart("nt, " + set, nt, c, y, offset, n, ldc);
      y = c.clone();
      gemm.nn(m, n, k, alpha, a, offset, lda, b, offset, ldb, y, offset, ldc, accumulate);
      double[] nn = Products.multiply(m, n, k, alpha, as, lda, 1, bs, ldb, 1, start);
      requirePart("nn, " + set, nn, c, y, offset, n, ldc);
      y = c.clone();
      gemm.tn(m, n, k, alpha, a, offset, lda, b, offset, ldb, y, offset, ldc, accumulate);
      double[] tn = Products.multiply(m, n, k, alpha, as, 1, lda, bs, ldb, 1, start);
      requirePart("tn, " + set, tn, c, y, offset, n, ldc);
    }
  }

  private static float[] part(float[] c, int offset, int rows, int cols, int stride) {
    float[] values = new float[rows * cols];
    for (int r = 0; r < rows; r++) {
      System.arraycopy(c, offset + r * stride, values, r * cols, cols);
    }
    return values;
  }

  /** The part is the product, and everything else is what it was. */
  private static void requirePart(
      String what,
      double[] expected,
      float[] before,
      float[] after,
      int offset,
      int cols,
      int stride) {
    int rows = expected.length / cols;
    Products.requireProduct(what, expected, part(after, offset, rows, cols, stride));
    for (int i = 0; i < before.length; i++) {
      boolean inside = i >= offset && (i - offset) % stride < cols;
      if (!inside && before[i] != after[i]) {
        throw new AssertionError(what + ": wrote outside of the result, at " + i);
      }
    }
  }
}
