package io.github.lora4j.compute;

import java.util.Arrays;

/**
 * Small products on parts of larger matrices, on one thread: attention heads and low-rank factors.
 * Every matrix is given by an array, the offset of its first element and the distance of its rows.
 * The right-hand side is packed into panels first. Thread-safe.
 */
public final class StridedGemm {
  private static final int DEPTH = 512;

  private final MicroKernel kernel;
  private final FloatBuffers buffers;

  StridedGemm(MicroKernel kernel, FloatBuffers buffers) {
    this.kernel = kernel;
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
    multiply(m, n, k, alpha, a, ao, lda, b, bo, 1, ldb, c, co, ldc, accumulate);
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
    multiply(m, n, k, alpha, a, ao, lda, b, bo, ldb, 1, c, co, ldc, accumulate);
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
    float[] transposed = buffers.borrow(m * k);
    Transpose.copy(a, ao, lda, k, m, transposed, 0, k);
    multiply(m, n, k, alpha, transposed, 0, k, b, bo, ldb, 1, c, co, ldc, accumulate);
    buffers.release(transposed);
  }

  /** Element (k, n) of the right-hand side is {@code b[bo + k * bk + n * bn]}. */
  private void multiply(
      int m,
      int n,
      int k,
      float alpha,
      float[] a,
      int ao,
      int lda,
      float[] b,
      int bo,
      int bk,
      int bn,
      float[] c,
      int co,
      int ldc,
      boolean accumulate) {
    if (k == 0 && !accumulate) {
      for (int i = 0; i < m; i++) {
        Arrays.fill(c, co + i * ldc, co + i * ldc + n, 0f);
      }
      return;
    }
    int width = kernel.width();
    float[] panel = buffers.borrow(Math.min(k, DEPTH) * width);
    float[] tile = buffers.borrow(kernel.rows() * width);
    for (int j = 0; j < n; j += width) {
      int cols = Math.min(width, n - j);
      for (int k0 = 0; k0 < k; k0 += DEPTH) {
        int depth = Math.min(DEPTH, k - k0);
        pack(b, bo + k0 * bk + j * bn, bk, bn, depth, cols, alpha, panel, width);
        boolean add = accumulate || k0 > 0;
        for (int i = 0; i < m; i += kernel.rows()) {
          int rows = Math.min(kernel.rows(), m - i);
          tile(
              a,
              ao + i * lda + k0,
              lda,
              rows,
              panel,
              depth,
              c,
              co + i * ldc + j,
              ldc,
              cols,
              add,
              tile);
        }
      }
    }
    buffers.release(tile);
    buffers.release(panel);
  }

  private void tile(
      float[] a,
      int ao,
      int lda,
      int rows,
      float[] panel,
      int depth,
      float[] c,
      int co,
      int ldc,
      int cols,
      boolean add,
      float[] tile) {
    int width = kernel.width();
    if (rows == kernel.rows() && cols == width && add) {
      kernel.tile(a, ao, lda, rows, panel, 0, depth, c, co, ldc, c, co, ldc);
      return;
    }
    if (rows == kernel.rows() && cols == width) {
      Arrays.fill(tile, 0, width, 0f);
      kernel.tile(a, ao, lda, rows, panel, 0, depth, c, co, ldc, tile, 0, 0);
      return;
    }
    // A tile that is not full goes through a scratch tile, summed up in the same order as a full
    // one.
    for (int i = 0; i < rows; i++) {
      if (add) {
        System.arraycopy(c, co + i * ldc, tile, i * width, cols);
      } else {
        Arrays.fill(tile, i * width, (i + 1) * width, 0f);
      }
    }
    kernel.tile(a, ao, lda, rows, panel, 0, depth, tile, 0, width, tile, 0, width);
    for (int i = 0; i < rows; i++) {
      System.arraycopy(tile, i * width, c, co + i * ldc, cols);
    }
  }

  private static void pack(
      float[] b,
      int bo,
      int bk,
      int bn,
      int depth,
      int cols,
      float alpha,
      float[] panel,
      int width) {
    if (bn == 1) {
      for (int k = 0; k < depth; k++) {
        int from = bo + k * bk;
        int to = k * width;
        for (int j = 0; j < cols; j++) {
          panel[to + j] = alpha * b[from + j];
        }
        Arrays.fill(panel, to + cols, to + width, 0f);
      }
      return;
    }
    Transpose.copy(b, bo, bn, cols, depth, panel, 0, width);
    if (alpha != 1f) {
      for (int i = 0; i < depth * width; i++) {
        panel[i] *= alpha;
      }
    }
    for (int k = 0; cols < width && k < depth; k++) {
      Arrays.fill(panel, k * width + cols, (k + 1) * width, 0f);
    }
  }
}
