package io.github.lora4j.linalg;

import java.util.Random;
import org.ejml.data.DMatrixRMaj;
import org.ejml.dense.row.CommonOps_DDRM;
import org.ejml.dense.row.RandomMatrices_DDRM;
import org.ejml.dense.row.factory.DecompositionFactory_DDRM;
import org.ejml.interfaces.decomposition.QRDecomposition;

/** Left singular vectors that are near the exact ones, out of a random subspace. */
final class SubspaceIteration {
  private SubspaceIteration() {}

  /**
   * Vectors of about the largest singular values, in descending order.
   *
   * @param wide {@code [rows, cols]} with rows at most cols
   * @return {@code [rows, rank]}, orthonormal columns
   */
  static DMatrixRMaj top(DMatrixRMaj wide, int rank, int iterations, long seed) {
    DMatrixRMaj start =
        RandomMatrices_DDRM.rectangleGaussian(wide.numCols, rank, 0, 1, new Random(seed));
    DMatrixRMaj basis = new DMatrixRMaj(wide.numRows, rank);
    CommonOps_DDRM.mult(wide, start, basis);
    basis = orthonormal(basis);
    DMatrixRMaj back = new DMatrixRMaj(wide.numCols, rank);
    for (int i = 0; i < iterations; i++) {
      CommonOps_DDRM.multTransA(wide, basis, back);
      CommonOps_DDRM.mult(wide, orthonormal(back), basis);
      basis = orthonormal(basis);
    }
    DMatrixRMaj projected = new DMatrixRMaj(rank, wide.numCols);
    CommonOps_DDRM.multTransA(basis, wide, projected);
    DMatrixRMaj vectors = new DMatrixRMaj(wide.numRows, rank);
    CommonOps_DDRM.mult(basis, GramEigenvectors.top(projected, rank), vectors);
    return vectors;
  }

  private static DMatrixRMaj orthonormal(DMatrixRMaj block) {
    QRDecomposition<DMatrixRMaj> qr = DecompositionFactory_DDRM.qr(block.numRows, block.numCols);
    qr.decompose(block.copy());
    return qr.getQ(null, true);
  }
}
