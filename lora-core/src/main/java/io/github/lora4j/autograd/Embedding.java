package io.github.lora4j.autograd;

import io.github.lora4j.tensor.Tensor;

/** Rows of a table, by index. */
public final class Embedding {
  private Embedding() {}

  /**
   * The sum of one row from each table.
   *
   * @param tables each {@code [entries, cols]}
   * @param ids for each table, one index per row of the result
   * @return {@code [rows, cols]}
   */
  public static Var apply(Tape tape, Var[] tables, int[][] ids) {
    if (tables.length == 0 || ids.length != tables.length) {
      throw new IllegalArgumentException(tables.length + " tables but indices for " + ids.length);
    }
    int rows = ids[0].length;
    int cols = tables[0].value().cols();
    for (int t = 0; t < tables.length; t++) {
      if (tables[t].value().cols() != cols) {
        throw new IllegalArgumentException(
            "table " + t + " has " + tables[t].value().cols() + " columns but the first " + cols);
      }
      requireIds(ids[t], tables[t].value(), rows);
    }
    Tensor y = tape.matrix(rows, cols);
    tape.compute()
        .pool()
        .forRanges(
            rows,
            64,
            (from, to) -> {
              for (int r = from; r < to; r++) {
                System.arraycopy(
                    tables[0].value().data(), ids[0][r] * cols, y.data(), r * cols, cols);
                for (int t = 1; t < tables.length; t++) {
                  addRow(tables[t].value().data(), ids[t][r] * cols, y.data(), r * cols, cols);
                }
              }
            });
    Var out = tape.result(y, tables);
    tape.record(
        out,
        () -> {
          for (int t = 0; t < tables.length; t++) {
            if (tables[t].requiresGrad()) {
              float[] d = tape.zeroedGradOf(tables[t]).data();
              for (int r = 0; r < rows; r++) {
                addRow(out.grad().data(), r * cols, d, ids[t][r] * cols, cols);
              }
            }
          }
        });
    return out;
  }

  private static void addRow(float[] from, int fo, float[] to, int o, int cols) {
    for (int c = 0; c < cols; c++) {
      to[o + c] += from[fo + c];
    }
  }

  private static void requireIds(int[] ids, Tensor table, int rows) {
    if (ids.length != rows) {
      throw new IllegalArgumentException(ids.length + " indices for " + rows + " rows");
    }
    for (int id : ids) {
      if (id < 0 || id >= table.rows()) {
        throw new IllegalArgumentException(
            "index " + id + " outside a table of " + table.rows() + " rows");
      }
    }
  }
}
