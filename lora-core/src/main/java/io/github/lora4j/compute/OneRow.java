package io.github.lora4j.compute;

import io.github.lora4j.tensor.FrozenMatrix;
import io.github.lora4j.tensor.VectorProduct;

/** Products with one row, for which decoding a weight to memory would be most of the work. */
final class OneRow {
  private OneRow() {}

  /** Computes a product as {@link Gemm#forward} does, or returns false if it is not for this. */
  static boolean forward(
      WorkerPool pool, float[] x, int rows, FrozenMatrix w, float[] bias, float[] y) {
    if (rows != 1 || !(w instanceof VectorProduct product)) {
      return false;
    }
    int groups = (w.out() + product.group() - 1) / product.group();
    VectorProduct.Shares shares = product.times(x, y);
    pool.forRanges(groups, 4, shares::compute);
    for (int i = 0; bias != null && i < w.out(); i++) {
      y[i] += bias[i];
    }
    return true;
  }
}
