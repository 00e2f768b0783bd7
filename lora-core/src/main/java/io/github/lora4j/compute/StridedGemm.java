package io.github.lora4j.compute;

import io.github.lora4j.tensor.Panels;
import java.util.Arrays;

/**
 * Small products on parts of larger matrices, on one thread: the heads of attention. Every matrix
 * is given by an array, the offset of its first element and the distance of its rows. Thread-safe.
 */
public final class StridedGemm {
  private static final int DEPTH = 512;

  private final Kernels kernels;
  private final Tiles tiles;
  private final FloatBuffers buffers;

  StridedGemm(MicroKernel kernel, Kernels kernels, FloatBuffers buffers) {
    this.kernels = kernels;
    this.tiles = new Tiles(kernel, kernels);
    this.buffers = buffers;
  }

  /** {@code c[m, n] (+)= alpha * a[m, k] b[n, k]ᵀ}. */
  public void nt(
      int m,
      int n,
      int k,
      float alpha,
      float[] a,
      int ao,
      int lda,
      float[] b,
      int bo,
      int ldb,
      float[] c,
      int co,
      int ldc,
      boolean accumulate) {
    multiply(m, n, k, alpha, a, ao, lda, 1, b, bo, ldb, 1, c, co, ldc, accumulate);
  }

  /** {@code c[m, n] (+)= alpha * a[m, k] b[k, n]}. */
  public void nn(
      int m,
      int n,
      int k,
      float alpha,
      float[] a,
      int ao,
      int lda,
      float[] b,
      int bo,
      int ldb,
      float[] c,
      int co,
      int ldc,
      boolean accumulate) {
    multiply(m, n, k, alpha, a, ao, lda, 1, b, bo, 1, ldb, c, co, ldc, accumulate);
  }

  /** {@code c[m, n] (+)= alpha * a[k, m]ᵀ b[k, n]}. */
  public void tn(
      int m,
      int n,
      int k,
      float alpha,
      float[] a,
      int ao,
      int lda,
      float[] b,
      int bo,
      int ldb,
      float[] c,
      int co,
      int ldc,
      boolean accumulate) {
    multiply(m, n, k, alpha, a, ao, 1, lda, b, bo, 1, ldb, c, co, ldc, accumulate);
  }

  /**
   * Element k of row i is {@code a[ao + i * aNext + k * aStep]}, that of column j {@code b[bo + j *
   * bNext + k * bStep]}.
   */
  private void multiply(
      int m,
      int n,
      int k,
      float alpha,
      float[] a,
      int ao,
      int aNext,
      int aStep,
      float[] b,
      int bo,
      int bNext,
      int bStep,
      float[] c,
      int co,
      int ldc,
      boolean accumulate) {
    int tall = tiles.tall();
    int wide = tiles.wide();
    int block = Math.max(1, Math.min(k, DEPTH));
    int panels = (m + tall - 1) / tall;
    float[] rows = buffers.borrow(panels * tall * block);
    float[] panel = buffers.borrow(Panels.START + block * wide);
    float[] scratch = buffers.borrow(tiles.scratch());
    float[] zeros = buffers.borrow(wide);
    Arrays.fill(zeros, 0, wide, 0f);
    // At least once, so that an empty sum is written too.
    int k0 = 0;
    do {
      int depth = Math.min(DEPTH, k - k0);
      tiles.pack(a, ao + k0 * aStep, aNext, aStep, m, depth, alpha, rows, 0, panels);
      float[] start = accumulate || k0 > 0 ? null : zeros;
      for (int j = 0; j < n; j += wide) {
        int cols = Math.min(wide, n - j);
        int at = bo + j * bNext + k0 * bStep;
        kernels.pack(b, at, bNext, bStep, cols, depth, panel, Panels.START, wide);
        tiles.multiply(
            rows,
            0,
            depth * tall,
            m,
            panel,
            Panels.START,
            wide,
            depth,
            c,
            co + j,
            ldc,
            cols,
            start,
            scratch);
      }
      k0 += DEPTH;
    } while (k0 < k);
    buffers.release(zeros);
    buffers.release(scratch);
    buffers.release(panel);
    buffers.release(rows);
  }
}
