package io.github.lora4j.autograd;

import io.github.lora4j.tensor.Tensor;

/** Some rows of a matrix, for example those that carry a label. */
public final class GatherRows {
  private GatherRows() {}

  /**
   * @param x {@code [rows, cols]}
   * @param rows which rows, in any order, each at most once
   * @return {@code [rows.length, cols]}
   */
  public static Var apply(Tape tape, Var x, int[] rows) {
    Tensor in = x.value();
    int cols = in.cols();
    for (int row : rows) {
      if (row < 0 || row >= in.rows()) {
        throw new IllegalArgumentException("row " + row + " of " + in.rows());
      }
    }
    Tensor y = tape.matrix(rows.length, cols);
    for (int i = 0; i < rows.length; i++) {
      System.arraycopy(in.data(), rows[i] * cols, y.data(), i * cols, cols);
    }
    Var out = tape.result(y, x);
    tape.record(
        out,
        () -> {
          float[] dx = tape.zeroedGradOf(x).data();
          for (int i = 0; i < rows.length; i++) {
            tape.compute()
                .kernels()
                .addScaled(1f, out.grad().data(), i * cols, dx, rows[i] * cols, cols);
          }
        });
    return out;
  }
}
