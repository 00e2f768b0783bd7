package io.github.lora4j.autograd;

import io.github.lora4j.compute.Kernels;
import io.github.lora4j.tensor.Tensor;

/**
 * Rows of a value that are taken from a table instead: embeddings of tokens with rows of their own.
 */
public final class ReplacedRows {
  private ReplacedRows() {}

  /**
   * @param y {@code [rows, cols]}, or null if every row is taken from the table
   * @param choice for each row the row of the table that takes its place, or -1
   * @param table {@code [entries, cols]}
   * @param scale what rows of the table are multiplied by
   * @return {@code [choice.length, cols]}
   */
  public static Var apply(Tape tape, Var y, int[] choice, Var table, float scale) {
    int cols = table.value().cols();
    requireShapes(y, choice, table.value());
    Kernels kernels = tape.compute().kernels();
    Tensor z = tape.matrix(choice.length, cols);
    for (int r = 0; r < choice.length; r++) {
      if (choice[r] < 0) {
        System.arraycopy(y.value().data(), r * cols, z.data(), r * cols, cols);
      } else {
        System.arraycopy(table.value().data(), choice[r] * cols, z.data(), r * cols, cols);
        for (int i = r * cols; scale != 1f && i < (r + 1) * cols; i++) {
          z.data()[i] *= scale;
        }
      }
    }
    Var out = tape.result(z, y, table);
    tape.record(
        out,
        () -> {
          float[] dz = out.grad().data();
          float[] dt = table.requiresGrad() ? tape.zeroedGradOf(table).data() : null;
          float[] dy = y != null && y.requiresGrad() ? tape.zeroedGradOf(y).data() : null;
          for (int r = 0; r < choice.length; r++) {
            if (choice[r] < 0 && dy != null) {
              kernels.addScaled(1f, dz, r * cols, dy, r * cols, cols);
            } else if (choice[r] >= 0 && dt != null) {
              kernels.addScaled(scale, dz, r * cols, dt, choice[r] * cols, cols);
            }
          }
        });
    return out;
  }

  private static void requireShapes(Var y, int[] choice, Tensor table) {
    if (y != null && (y.value().rows() != choice.length || y.value().cols() != table.cols())) {
      throw new IllegalArgumentException(
          "rows of " + table + " cannot replace " + choice.length + " rows of " + y.value());
    }
    for (int row : choice) {
      if (row >= table.rows() || row < 0 && y == null) {
        throw new IllegalArgumentException(
            "row " + row + " is outside a table of " + table.rows() + " rows");
      }
    }
  }
}
