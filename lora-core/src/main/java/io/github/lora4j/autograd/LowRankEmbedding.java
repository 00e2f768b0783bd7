package io.github.lora4j.autograd;

import io.github.lora4j.compute.Compute;
import io.github.lora4j.compute.Gemm;
import io.github.lora4j.compute.WorkerPool;
import io.github.lora4j.tensor.FrozenMatrix;
import io.github.lora4j.tensor.Tensor;
import java.util.Arrays;

/**
 * A low-rank update of embeddings, {@code y[i] + scaling * B A[:, ids[i]]}, and DoRA's over them,
 * as PEFT 0.21 computes them: A has a column for each entry of the table.
 */
public final class LowRankEmbedding {
  /**
   * Entries whose lengths are summed together: the order of the sums must not depend on threads.
   */
  private static final int CHUNK = 1024;

  private LowRankEmbedding() {}

  /**
   * @param y {@code [ids.length, cols]}, the rows of the table
   * @param a {@code [r, entries]}
   * @param b {@code [cols, r]}
   * @return {@code [ids.length, cols]}
   */
  public static Var apply(Tape tape, Var y, int[] ids, Var a, Var b, float scaling) {
    int rows = ids.length;
    int cols = y.value().cols();
    int r = a.value().rows();
    int entries = a.value().cols();
    requireShapes(y.value(), ids, a.value(), b.value());
    Gemm gemm = tape.compute().gemm();
    WorkerPool pool = tape.compute().pool();
    Tensor u = tape.matrix(rows, r);
    for (int i = 0; i < rows; i++) {
      for (int k = 0; k < r; k++) {
        u.data()[i * r + k] = a.value().data()[k * entries + ids[i]];
      }
    }
    Tensor z = tape.matrix(rows, cols);
    System.arraycopy(y.value().data(), 0, z.data(), 0, rows * cols);
    gemm.nt(pool, rows, cols, r, scaling, u.data(), b.value().data(), z.data(), true);
    Var out = tape.result(z, y, a, b);
    tape.record(
        out,
        () -> {
          float[] dz = out.grad().data();
          tape.addGrad(y, out.grad());
          if (b.requiresGrad()) {
            boolean add = b.grad() != null;
            float[] db = tape.gradOf(b).data();
            gemm.tn(pool, cols, r, rows, scaling, dz, u.data(), db, add);
          }
          if (a.requiresGrad()) {
            float[] du = tape.matrix(rows, r).data();
            gemm.nn(pool, rows, r, cols, scaling, dz, b.value().data(), du, false);
            float[] da = tape.zeroedGradOf(a).data();
            for (int i = 0; i < rows; i++) {
              for (int k = 0; k < r; k++) {
                da[k * entries + ids[i]] += du[i * r + k];
              }
            }
          }
        });
    return out;
  }

  /**
   * DoRA's way from what {@link #apply} gives: each column by {@code m / norm}.
   *
   * @param m {@code [cols]}
   * @param norms {@link #norms} of the table, {@code [cols]}
   */
  public static Var lengthen(Tape tape, Var y, Var m, float[] norms) {
    return ScaleColumns.apply(tape, y, m, norms, null);
  }

  /**
   * The Euclidean length of each column of {@code table + scaling * (B A)ᵀ}.
   *
   * @param table {@code [entries, cols]}
   * @throws IllegalArgumentException if one is zero or not finite: nothing can be divided by it
   */
  public static float[] norms(
      Compute compute, FrozenMatrix table, Tensor a, Tensor b, float scaling) {
    int cols = table.in();
    int chunks = (table.out() + CHUNK - 1) / CHUNK;
    double[][] parts = new double[chunks][];
    compute.pool().forEach(chunks, c -> parts[c] = squares(table, a, b, scaling, c * CHUNK));
    double[] sums = new double[cols];
    for (double[] part : parts) {
      Arrays.setAll(sums, j -> sums[j] + part[j]);
    }
    float[] norms = new float[cols];
    for (int j = 0; j < cols; j++) {
      norms[j] = (float) Math.sqrt(sums[j]);
      if (!(norms[j] > 0) || !Float.isFinite(norms[j])) {
        throw new IllegalArgumentException(
            "column " + j + " of the table has the length " + norms[j] + ": DoRA divides by it");
      }
    }
    return norms;
  }

  private static double[] squares(
      FrozenMatrix table, Tensor a, Tensor b, float scaling, int first) {
    int cols = table.in();
    int r = a.rows();
    int entries = a.cols();
    double[] sums = new double[cols];
    float[] row = new float[cols];
    for (int e = first; e < Math.min(first + CHUNK, entries); e++) {
      table.decodeRow(e, row, 0);
      for (int j = 0; j < cols; j++) {
        float value = row[j];
        for (int k = 0; k < r; k++) {
          value += scaling * b.data()[j * r + k] * a.data()[k * entries + e];
        }
        sums[j] += (double) value * value;
      }
    }
    return sums;
  }

  private static void requireShapes(Tensor y, int[] ids, Tensor a, Tensor b) {
    if (y.rows() != ids.length || b.rows() != y.cols() || b.cols() != a.rows()) {
      throw new IllegalArgumentException(
          "A is " + a + " and B " + b + ", which do not fit embeddings " + y);
    }
    for (int id : ids) {
      if (id < 0 || id >= a.cols()) {
        throw new IllegalArgumentException("id " + id + " is outside A's " + a.cols() + " columns");
      }
    }
  }
}
