package io.github.lora4j.compute;

import io.github.lora4j.compute.Gemm.Product;
import io.github.lora4j.tensor.FewRows;
import io.github.lora4j.tensor.FrozenMatrix;
import io.github.lora4j.tensor.VectorProduct;
import java.util.List;

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
    return forwardBeside(pool, x, rows, List.of(new Product(w, bias, y)), null);
  }

  /** Computes products as {@link Gemm#forwardAll} does, or returns false if one is not for this. */
  static boolean forwardAll(WorkerPool pool, float[] x, int rows, List<Product> products) {
    return forwardBeside(pool, x, rows, products, null);
  }

  /**
   * The same with other work meanwhile, which is not done if a product is not for this.
   *
   * @param beside or null
   */
  static boolean forwardBeside(
      WorkerPool pool, float[] x, int rows, List<Product> products, Runnable beside) {
    if (!areTogether(products, rows)) {
      return false;
    }
    int group = ((VectorProduct) products.get(0).w()).group();
    int count = products.size();
    VectorProduct.Shares[] shares = new VectorProduct.Shares[count];
    // The groups of all products, one after the other: those of product i begin at starts[i].
    int[] starts = new int[count + 1];
    for (int i = 0; i < count; i++) {
      Product product = products.get(i);
      VectorProduct w = (VectorProduct) product.w();
      shares[i] = w.times(new FewRows(x, rows, w.in(), product.y(), w.out()));
      starts[i + 1] = starts[i] + (w.out() + group - 1) / group;
    }
    int groups = starts[count];
    int grain =
        Math.max(
            (GRAIN + group - 1) / group,
            groups / ((beside == null ? TASKS_OF_THREAD : TASKS_BESIDE) * pool.threads()));
    WorkerPool.RangeBody body = (from, to) -> compute(shares, starts, from, to);
    if (beside == null) {
      pool.forRanges(groups, grain, body);
    } else {
      pool.forRangesBeside(beside, groups, grain, body);
    }
    products.forEach(product -> addBias(product, rows));
    return true;
  }

  /** Tasks of groups of the same size take about as long. */
  private static boolean areTogether(List<Product> products, int rows) {
    int group = 0;
    for (Product product : products) {
      if (!takes(product.w(), rows)) {
        return false;
      }
      int own = ((VectorProduct) product.w()).group();
      if (group != 0 && own != group) {
        return false;
      }
      group = own;
    }
    return group != 0;
  }

  /** Whether a product is for this. */
  static boolean takes(FrozenMatrix w, int rows) {
    return rows > 0 && w instanceof VectorProduct product && rows <= product.most();
  }

  private static void compute(VectorProduct.Shares[] shares, int[] starts, int from, int to) {
    for (int i = 0; i < shares.length; i++) {
      int first = Math.max(from, starts[i]);
      int end = Math.min(to, starts[i + 1]);
      if (first < end) {
        shares[i].compute(first - starts[i], end - starts[i]);
      }
    }
  }

  private static void addBias(Product product, int rows) {
    float[] bias = product.bias();
    for (int at = 0; bias != null && at < rows * bias.length; at += bias.length) {
      for (int i = 0; i < bias.length; i++) {
        product.y()[at + i] += bias[i];
      }
    }
  }
}
