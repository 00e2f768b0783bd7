package io.github.lora4j.autograd;

import io.github.lora4j.tensor.Tensor;

/** A row added to each row of a value: {@code y[i, j] = x[i, j] + scale * row[j]}. */
public final class AddRow {
  private AddRow() {}

  /**
   * @param x {@code [rows, cols]}
   * @param row {@code [cols]}
   */
  public static Var apply(Tape tape, Var x, Var row, float scale) {
    int rows = x.value().rows();
    int cols = x.value().cols();
    if (row.value().size() != cols) {
      throw new IllegalArgumentException("cannot add the row " + row.value() + " to " + x.value());
    }
    Tensor y = tape.matrix(rows, cols);
    System.arraycopy(x.value().data(), 0, y.data(), 0, rows * cols);
    for (int i = 0; i < rows; i++) {
      tape.compute().kernels().addScaled(scale, row.value().data(), 0, y.data(), i * cols, cols);
    }
    Var out = tape.result(y, x, row);
    tape.record(
        out,
        () -> {
          tape.addGrad(x, out.grad());
          if (row.requiresGrad()) {
            float[] dy = out.grad().data();
            float[] to = tape.zeroedGradOf(row).data();
            for (int i = 0; i < rows; i++) {
              tape.compute().kernels().addScaled(scale, dy, i * cols, to, 0, cols);
            }
          }
        });
    return out;
  }
}
