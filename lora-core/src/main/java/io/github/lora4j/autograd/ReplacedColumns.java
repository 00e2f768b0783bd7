package io.github.lora4j.autograd;

import io.github.lora4j.compute.Gemm;
import io.github.lora4j.compute.WorkerPool;
import io.github.lora4j.tensor.Tensor;

/** Columns of a linear layer's output that come of rows of their own: logits of some tokens. */
public final class ReplacedColumns {
  private ReplacedColumns() {}

  /**
   * @param y {@code [rows, cols]}, the output
   * @param x {@code [rows, in]}, the input
   * @param columns which columns, none twice
   * @param w {@code [columns.length, in]}, what the columns are computed with
   * @return {@code [rows, cols]}, where column {@code columns[j]} is x times row j of w
   */
  public static Var apply(Tape tape, Var y, Var x, int[] columns, Var w) {
    int rows = y.value().rows();
    int cols = y.value().cols();
    int in = x.value().cols();
    int count = columns.length;
    requireShapes(y.value(), x.value(), columns, w.value());
    Gemm gemm = tape.compute().gemm();
    WorkerPool pool = tape.compute().pool();
    Tensor own = tape.matrix(rows, count);
    gemm.nt(pool, rows, count, in, 1f, x.value().data(), w.value().data(), own.data(), false);
    Tensor z = tape.matrix(rows, cols);
    System.arraycopy(y.value().data(), 0, z.data(), 0, rows * cols);
    for (int r = 0; r < rows; r++) {
      for (int j = 0; j < count; j++) {
        z.data()[r * cols + columns[j]] = own.data()[r * count + j];
      }
    }
    Var out = tape.result(z, y, x, w);
    tape.record(
        out,
        () -> {
          float[] dz = out.grad().data();
          float[] d = tape.matrix(rows, count).data();
          for (int r = 0; r < rows; r++) {
            for (int j = 0; j < count; j++) {
              d[r * count + j] = dz[r * cols + columns[j]];
              // What was replaced has no part in the loss.
              dz[r * cols + columns[j]] = 0f;
            }
          }
          tape.addGrad(y, out.grad());
          if (x.requiresGrad()) {
            boolean add = x.grad() != null;
            float[] dx = tape.gradOf(x).data();
            gemm.nn(pool, rows, in, count, 1f, d, w.value().data(), dx, add);
          }
          if (w.requiresGrad()) {
            boolean add = w.grad() != null;
            float[] dw = tape.gradOf(w).data();
            gemm.tn(pool, count, in, rows, 1f, d, x.value().data(), dw, add);
          }
        });
    return out;
  }

  private static void requireShapes(Tensor y, Tensor x, int[] columns, Tensor w) {
    if (x.rows() != y.rows() || w.rows() != columns.length || w.cols() != x.cols()) {
      throw new IllegalArgumentException(
          columns.length + " columns of " + y + " cannot come of " + x + " and " + w);
    }
    for (int column : columns) {
      if (column < 0 || column >= y.cols()) {
        throw new IllegalArgumentException("column " + column + " is outside " + y);
      }
    }
  }
}
