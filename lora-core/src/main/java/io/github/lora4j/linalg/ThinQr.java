package io.github.lora4j.linalg;

import java.util.Arrays;
import org.ejml.data.DMatrixRMaj;
import org.ejml.dense.row.CommonOps_DDRM;
import org.ejml.dense.row.factory.DecompositionFactory_DDRM;
import org.ejml.interfaces.decomposition.QRDecomposition;

/**
 * The first columns of Q and rows of R of a matrix {@code M = Q R}, in double precision, by
 * Householder reflections, with the signs of LAPACK's. Their product is the part of M that lies in
 * the span of its first columns. Arrays are not copied.
 *
 * @param rank columns of Q
 * @param q row-major {@code [rows, rank]}, orthonormal columns
 * @param r row-major {@code [rank, cols]}, zero below the diagonal
 */
public record ThinQr(int rank, double[] q, double[] r) {
  /**
   * Decomposes a matrix.
   *
   * @param m row-major {@code [rows, cols]}
   * @param rank from 1 to min(rows, cols)
   * @throws IllegalArgumentException if the rank is out of range, the length does not fit, or an
   *     element is not finite
   */
  public static ThinQr of(float[] m, int rows, int cols, int rank) {
    MatrixChecks.require(m, rows, cols, rank);
    DMatrixRMaj first = new DMatrixRMaj(rows, rank);
    for (int i = 0; i < rows; i++) {
      for (int j = 0; j < rank; j++) {
        first.data[i * rank + j] = m[i * cols + j];
      }
    }
    QRDecomposition<DMatrixRMaj> qr = DecompositionFactory_DDRM.qr(rows, rank);
    if (!qr.decompose(first.copy())) {
      throw new ArithmeticException("a " + rows + " x " + rank + " matrix has no QR");
    }
    DMatrixRMaj q = qr.getQ(null, true);
    if (rank == rows) {
      // Below the last element of a square matrix is nothing to reflect: LAPACK leaves its sign.
      for (int i = 0; i < rows; i++) {
        q.data[i * rank + rank - 1] *= -1;
      }
    }
    DMatrixRMaj r = new DMatrixRMaj(rank, cols);
    CommonOps_DDRM.multTransA(q, MatrixChecks.widened(m, rows, cols), r);
    for (int i = 1; i < rank; i++) {
      Arrays.fill(r.data, i * cols, i * cols + i, 0);
    }
    return new ThinQr(rank, q.data, r.data);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof ThinQr that
        && rank == that.rank
        && Arrays.equals(q, that.q)
        && Arrays.equals(r, that.r);
  }

  @Override
  public int hashCode() {
    return 31 * Arrays.hashCode(q) + Arrays.hashCode(r);
  }

  @Override
  public String toString() {
    return "ThinQr[rank " + rank + "]";
  }
}
