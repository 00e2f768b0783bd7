package io.github.lora4j.compute;

/**
 * The innermost product of a blocked matrix multiplication: a few rows of a row-major matrix
 * against one panel of weights. Thread-safe and stateless.
 */
interface MicroKernel {
  /** Rows of one tile. */
  int rows();

  /** Columns of one tile: the width of a panel. */
  int width();

  /**
   * For each row i of the tile and column j of the panel: {@code c[co + i * ldc + j] = init[io + i
   * * ldi + j] + sum over k < depth of x[xo[i] + k] * p[po + k * width + j]}.
   *
   * @param x0 offset of the first row in {@code x}; the others follow {@code ldx} apart, and rows
   *     at or beyond {@code rows} must not be relied on: {@code c} may or may not be written there
   */
  void tile(
      float[] x,
      int x0,
      int ldx,
      int rows,
      float[] p,
      int po,
      int depth,
      float[] c,
      int co,
      int ldc,
      float[] init,
      int io,
      int ldi);

  /**
   * Copies columns of a panel: {@code to[offset + c * stride + r] = panel[po + c * width + r]} for
   * {@code c < cols} and all rows r of the panel.
   */
  default void copyColumns(float[] panel, int po, int cols, float[] to, int offset, int stride) {
    for (int c = 0; c < cols; c++) {
      System.arraycopy(panel, po + c * width(), to, offset + c * stride, width());
    }
  }
}
