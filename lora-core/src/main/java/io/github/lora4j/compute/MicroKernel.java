package io.github.lora4j.compute;

/**
 * The innermost product of a blocked matrix multiplication: a panel of a few rows of activations
 * against a panel of weights, as {@link io.github.lora4j.tensor.Panels} lays them out, or as many
 * columns of a row-major matrix. Thread-safe and stateless.
 */
interface MicroKernel {
  /** Rows of one tile: the width of a panel of activations. */
  int rows();

  /** Columns of one tile: the width of a panel of weights. */
  int width();

  /**
   * For each row i and column j of the tile: {@code c[co + i * ldc + j] = init[io + i * ldi + j] +
   * sum over k < depth of a[ao + k * rows() + i] * p[po + k * ldp + j]}.
   */
  void tile(
      float[] a,
      int ao,
      float[] p,
      int po,
      int ldp,
      int depth,
      float[] c,
      int co,
      int ldc,
      float[] init,
      int io,
      int ldi);
}
