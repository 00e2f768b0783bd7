package io.github.lora4j.compute;

import io.github.lora4j.tensor.FrozenMatrix;
import java.util.List;

/**
 * Matrix products. All matrices are row-major and contiguous. Implementations are thread-safe, and
 * a product does not depend on the number of threads.
 */
public interface Gemm {
  /**
   * The name under which this implementation is chosen: {@code vector}, {@code nd4j}, {@code
   * scalar}.
   */
  String name();

  /**
   * Stores float32 weights in the form in which this implementation multiplies them fastest.
   *
   * @param w row-major {@code [out, in]}, not kept
   */
  FrozenMatrix dense(float[] w, int out, int in);

  /**
   * {@code y = x Wᵀ + bias}.
   *
   * @param x {@code [rows, W.in()]}
   * @param bias {@code [W.out()]} or null
   * @param y {@code [rows, W.out()]}, overwritten
   */
  void forward(WorkerPool pool, float[] x, int rows, FrozenMatrix w, float[] bias, float[] y);

  /**
   * One of several products with the same x.
   *
   * @param bias {@code [W.out()]} or null
   * @param y {@code [rows, W.out()]}, overwritten
   */
  record Product(FrozenMatrix w, float[] bias, float[] y) {}

  /**
   * As {@link #forward} for each, which shares what is done for x and the waiting for threads.
   *
   * @param products of weights with the same {@code in}
   */
  default void forwardAll(WorkerPool pool, float[] x, int rows, List<Product> products) {
    for (Product product : products) {
      forward(pool, x, rows, product.w(), product.bias(), product.y());
    }
  }

  /**
   * As {@link #forward}, with other work that may run on one of the threads meanwhile.
   *
   * @param beside does not touch y
   */
  default void forwardBeside(
      WorkerPool pool,
      float[] x,
      int rows,
      FrozenMatrix w,
      float[] bias,
      float[] y,
      Runnable beside) {
    beside.run();
    forward(pool, x, rows, w, bias, y);
  }

  /**
   * {@code y += x Wᵀ}: as {@link #forward} where each row has a bias of its own, which is in y.
   *
   * @param x {@code [rows, W.in()]}
   * @param y {@code [rows, W.out()]}
   */
  void addForward(WorkerPool pool, float[] x, int rows, FrozenMatrix w, float[] y);

  /**
   * {@code dx = dy W}, or {@code dx += dy W}.
   *
   * @param dy {@code [rows, W.out()]}
   * @param dx {@code [rows, W.in()]}
   */
  void backward(
      WorkerPool pool, float[] dy, int rows, FrozenMatrix w, float[] dx, boolean accumulate);

  /** {@code c[m, n] (+)= alpha * a[m, k] b[n, k]ᵀ}. */
  default void nt(
      WorkerPool pool,
      int m,
      int n,
      int k,
      float alpha,
      float[] a,
      float[] b,
      float[] c,
      boolean accumulate) {
    product(pool, m, n, k, alpha, a, false, b, true, c, accumulate);
  }

  /** {@code c[m, n] (+)= alpha * a[m, k] b[k, n]}. */
  default void nn(
      WorkerPool pool,
      int m,
      int n,
      int k,
      float alpha,
      float[] a,
      float[] b,
      float[] c,
      boolean accumulate) {
    product(pool, m, n, k, alpha, a, false, b, false, c, accumulate);
  }

  /** {@code c[m, n] (+)= alpha * a[k, m]ᵀ b[k, n]}. */
  default void tn(
      WorkerPool pool,
      int m,
      int n,
      int k,
      float alpha,
      float[] a,
      float[] b,
      float[] c,
      boolean accumulate) {
    product(pool, m, n, k, alpha, a, true, b, false, c, accumulate);
  }

  /**
   * {@code c (+)= alpha * op(a) op(b)}, where the operators transpose or not.
   *
   * @param a {@code [m, k]}, or {@code [k, m]} if transposed
   * @param b {@code [k, n]}, or {@code [n, k]} if transposed
   * @param c {@code [m, n]}, overwritten or added to
   */
  void product(
      WorkerPool pool,
      int m,
      int n,
      int k,
      float alpha,
      float[] a,
      boolean transposeA,
      float[] b,
      boolean transposeB,
      float[] c,
      boolean accumulate);
}
