package io.github.lora4j.linalg;

import java.util.Arrays;
import java.util.function.UnaryOperator;
import org.ejml.data.DMatrixRMaj;
import org.ejml.dense.row.CommonOps_DDRM;
import org.ejml.dense.row.NormOps_DDRM;

/**
 * The largest singular values of a matrix M and their vectors, {@code M ≈ U diag(s) Vᵀ}, in double
 * precision: the best approximation of M by a matrix of that rank (Eckart and Young, 1936). The
 * same matrix gives the same bits on every machine and with any number of threads. The signs of a
 * pair of vectors are arbitrary. Arrays are not copied.
 *
 * @param rows of M
 * @param cols of M
 * @param u left vectors, row-major {@code [rows, rank]}, orthonormal columns
 * @param s singular values, descending, at least 0
 * @param vt right vectors, row-major {@code [rank, cols]}, orthonormal rows; zero where the value
 *     is 0
 */
public record TruncatedSvd(int rows, int cols, double[] u, double[] s, double[] vt) {
  /** Up to this many rows or columns all eigenvectors of the Gram matrix are the shortest way. */
  static final int ALL = 1024;

  /** Below this part of the largest value a value cannot be told from 0 through a Gram matrix. */
  private static final double ZERO = 1e-8;

  /**
   * Decomposes a matrix.
   *
   * @param m row-major {@code [rows, cols]}
   * @param rank how many values, from 1 to min(rows, cols)
   * @throws IllegalArgumentException if the rank is out of range, the length does not fit, or an
   *     element is not finite
   */
  public static TruncatedSvd of(float[] m, int rows, int cols, int rank) {
    return of(m, rows, cols, rank, wide -> exact(wide, rank));
  }

  /**
   * Decomposes a matrix nearly, in less time, by subspace iteration from a random start (Halko,
   * Martinsson and Tropp, 2011, arXiv 0909.4061, algorithm 4.4), as {@code torch.svd_lowrank} with
   * no more columns than the rank.
   *
   * @param iterations how often the subspace is multiplied by {@code M Mᵀ}, at least 0
   * @param seed of the start; the same one gives the same bits
   * @throws IllegalArgumentException as {@link #of}, and if there are fewer than 0 iterations
   */
  public static TruncatedSvd approximate(
      float[] m, int rows, int cols, int rank, int iterations, long seed) {
    if (iterations < 0) {
      throw new IllegalArgumentException(iterations + " iterations, must be at least 0");
    }
    return of(m, rows, cols, rank, wide -> SubspaceIteration.top(wide, rank, iterations, seed));
  }

  private static DMatrixRMaj exact(DMatrixRMaj wide, int rank) {
    return wide.numRows <= ALL ? GramEigenvectors.top(wide, rank) : BlockKrylov.top(wide, rank);
  }

  /**
   * @param top finds left vectors of a matrix that is not tall
   */
  private static TruncatedSvd of(
      float[] m, int rows, int cols, int rank, UnaryOperator<DMatrixRMaj> top) {
    MatrixChecks.require(m, rows, cols, rank);
    DMatrixRMaj wide = wide(m, rows, cols);
    // Squares of extreme values would leave the range of double.
    double scale = CommonOps_DDRM.elementMaxAbs(wide);
    if (scale == 0) {
      double[] u = new double[rows * rank];
      for (int i = 0; i < rank; i++) {
        u[i * rank + i] = 1;
      }
      return new TruncatedSvd(rows, cols, u, new double[rank], new double[rank * cols]);
    }
    CommonOps_DDRM.divide(wide, scale);
    return fromVectors(wide, top.apply(wide), scale, rows <= cols);
  }

  /** M, or its transpose if M is tall. */
  private static DMatrixRMaj wide(float[] m, int rows, int cols) {
    boolean transpose = rows > cols;
    DMatrixRMaj wide = new DMatrixRMaj(Math.min(rows, cols), Math.max(rows, cols));
    for (int r = 0; r < rows; r++) {
      for (int c = 0; c < cols; c++) {
        wide.data[transpose ? c * rows + r : r * cols + c] = m[r * cols + c];
      }
    }
    return wide;
  }

  /**
   * Values and vectors of the long side out of those of the short side.
   *
   * @param q {@code [short, rank]}
   */
  private static TruncatedSvd fromVectors(
      DMatrixRMaj wide, DMatrixRMaj q, double scale, boolean isWide) {
    int rank = q.numCols;
    int length = wide.numCols;
    DMatrixRMaj p = new DMatrixRMaj(rank, length);
    CommonOps_DDRM.multTransA(q, wide, p);
    double[] s = new double[rank];
    for (int i = 0; i < rank; i++) {
      DMatrixRMaj row = CommonOps_DDRM.extractRow(p, i, null);
      double norm = NormOps_DDRM.fastNormF(row);
      boolean zero = i > 0 && norm * scale < ZERO * s[0];
      s[i] = zero ? 0 : norm * scale;
      for (int j = i * length; j < (i + 1) * length; j++) {
        p.data[j] = zero ? 0 : p.data[j] / norm;
      }
    }
    if (isWide) {
      return new TruncatedSvd(q.numRows, length, q.data, s, p.data);
    }
    DMatrixRMaj u = CommonOps_DDRM.transpose(p, null);
    DMatrixRMaj vt = CommonOps_DDRM.transpose(q, null);
    return new TruncatedSvd(length, q.numRows, u.data, s, vt.data);
  }

  /** How many values were asked for. */
  public int rank() {
    return s.length;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof TruncatedSvd that
        && rows == that.rows
        && cols == that.cols
        && Arrays.equals(u, that.u)
        && Arrays.equals(s, that.s)
        && Arrays.equals(vt, that.vt);
  }

  @Override
  public int hashCode() {
    return 31 * Arrays.hashCode(u) + Arrays.hashCode(vt);
  }

  @Override
  public String toString() {
    return "TruncatedSvd[" + rows + " x " + cols + ", rank " + s.length + "]";
  }
}
