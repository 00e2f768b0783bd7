package io.github.lora4j.autograd;

import io.github.lora4j.compute.Compute;
import io.github.lora4j.tensor.Tensor;

/** Each column by a factor, {@code y[i, j] = x[i, j] * m[j] / norms[j] + bias[j]}. */
final class ScaleColumns {
  private static final int GRAIN = 64;

  private ScaleColumns() {}

  /**
   * @param x {@code [rows, cols]}
   * @param m {@code [cols]}
   * @param norms constant, {@code [cols]}, none zero
   * @param bias {@code [cols]}, which may be trained, or null
   */
  static Var apply(Tape tape, Var x, Var m, float[] norms, Var bias) {
    int rows = x.value().rows();
    int cols = x.value().cols();
    if (m.value().size() != cols || norms.length != cols) {
      throw new IllegalArgumentException(
          "the magnitude is " + m.value() + ", of " + norms.length + " norms, for " + x.value());
    }
    Compute compute = tape.compute();
    float[] factors = tape.matrix(1, cols).data();
    factors(m.value().data(), norms, factors);
    Tensor y = tape.matrix(rows, cols);
    float[] from = x.value().data();
    float[] added = FrozenLinear.values(bias);
    compute
        .pool()
        .forRanges(
            rows,
            GRAIN,
            (lo, hi) -> {
              for (int i = lo; i < hi; i++) {
                row(from, i * cols, cols, factors, added, y.data());
              }
            });
    Var out = tape.result(y, x, m, bias);
    tape.record(
        out,
        () -> {
          FrozenLinear.addBiasGradient(tape, out.grad(), bias);
          if (m.requiresGrad()) {
            gradOfMagnitude(tape, x.value(), out.grad().data(), norms, m);
          }
          if (x.requiresGrad()) {
            gradOfInput(tape, out.grad(), factors, x);
          }
        });
    return out;
  }

  /** One row, which begins at the same place of both arrays; they may be one. */
  static void row(float[] from, int at, int cols, float[] factors, float[] bias, float[] to) {
    for (int j = 0; j < cols; j++) {
      float offset = bias == null ? 0f : bias[j];
      to[at + j] = from[at + j] * factors[j] + offset;
    }
  }

  /** {@code m / norms}, into {@code factors}. */
  static void factors(float[] m, float[] norms, float[] factors) {
    for (int j = 0; j < norms.length; j++) {
      factors[j] = m[j] / norms[j];
    }
  }

  private static void gradOfMagnitude(Tape tape, Tensor x, float[] dy, float[] norms, Var m) {
    float[] dm = tape.zeroedGradOf(m).data();
    int rows = x.rows();
    int cols = x.cols();
    // By columns, so that the order of each sum does not depend on the threads.
    tape.compute()
        .pool()
        .forRanges(
            cols,
            GRAIN,
            (lo, hi) -> {
              double[] sums = new double[hi - lo];
              for (int i = 0; i < rows; i++) {
                for (int j = lo; j < hi; j++) {
                  sums[j - lo] += (double) dy[i * cols + j] * x.data()[i * cols + j];
                }
              }
              for (int j = lo; j < hi; j++) {
                dm[j] += (float) (sums[j - lo] / norms[j]);
              }
            });
  }

  private static void gradOfInput(Tape tape, Tensor dy, float[] factors, Var x) {
    boolean add = x.grad() != null;
    float[] dx = tape.gradOf(x).data();
    int cols = dy.cols();
    tape.compute()
        .pool()
        .forRanges(
            dy.rows(),
            GRAIN,
            (lo, hi) -> {
              for (int i = lo; i < hi; i++) {
                for (int j = 0; j < cols; j++) {
                  int at = i * cols + j;
                  float d = dy.data()[at] * factors[j];
                  dx[at] = add ? dx[at] + d : d;
                }
              }
            });
  }
}
