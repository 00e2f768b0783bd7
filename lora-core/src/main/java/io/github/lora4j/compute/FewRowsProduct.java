package io.github.lora4j.compute;

import io.github.lora4j.tensor.FewRows;
import io.github.lora4j.tensor.FrozenMatrix;
import io.github.lora4j.tensor.VectorProduct;

/** Products with few rows, for which decoding a weight to memory would be most of the work. */
final class FewRowsProduct {
  /** Rows of a weight that are worth a task. */
  private static final int GRAIN = 32;

  /** Few: weights that are read from memory come faster in long stretches. */
  private static final int TASKS_OF_THREAD = 2;

  /** More: the thread with the other work does fewer of them. */
  private static final int TASKS_BESIDE = 4;

  private FewRowsProduct() {}

  /** Computes a product as {@link Gemm#forward} does, or returns false if it is not for this. */
  static boolean forward(
      WorkerPool pool, float[] x, int rows, FrozenMatrix w, float[] bias, float[] y) {
    return forwardBeside(pool, x, rows, w, bias, y, null);
  }

  /**
   * The same with other work meanwhile, which is not done if the product is not for this.
   *
   * @param beside or null
   */
  static boolean forwardBeside(
      WorkerPool pool,
      float[] x,
      int rows,
      FrozenMatrix w,
      float[] bias,
      float[] y,
      Runnable beside) {
    if (rows == 0 || !(w instanceof VectorProduct product) || rows > product.most()) {
      return false;
    }
    int groups = (w.out() + product.group() - 1) / product.group();
    int grain =
        Math.max(
            (GRAIN + product.group() - 1) / product.group(),
            groups / ((beside == null ? TASKS_OF_THREAD : TASKS_BESIDE) * pool.threads()));
    VectorProduct.Shares shares = product.times(new FewRows(x, rows, w.in(), y, w.out()));
    if (beside == null) {
      pool.forRanges(groups, grain, shares::compute);
    } else {
      pool.forRangesBeside(beside, groups, grain, shares::compute);
    }
    for (int row = 0; bias != null && row < rows; row++) {
      for (int i = 0; i < w.out(); i++) {
        y[row * w.out() + i] += bias[i];
      }
    }
    return true;
  }
}
