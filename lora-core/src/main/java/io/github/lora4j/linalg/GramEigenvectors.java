package io.github.lora4j.linalg;

import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;
import org.ejml.data.DMatrixRMaj;
import org.ejml.dense.row.CommonOps_DDRM;
import org.ejml.dense.row.factory.DecompositionFactory_DDRM;
import org.ejml.interfaces.decomposition.EigenDecomposition_F64;

/** Left singular vectors as eigenvectors of {@code M Mᵀ}, all of which are computed. */
final class GramEigenvectors {
  private GramEigenvectors() {}

  /**
   * The vectors of the largest singular values, in descending order.
   *
   * @param wide {@code [rows, cols]} with rows at most cols
   * @return {@code [rows, rank]}, orthonormal columns
   */
  static DMatrixRMaj top(DMatrixRMaj wide, int rank) {
    DMatrixRMaj gram = new DMatrixRMaj(wide.numRows, wide.numRows);
    CommonOps_DDRM.multOuter(wide, gram);
    return topOfSymmetric(gram, rank);
  }

  /** The eigenvectors of the largest eigenvalues of a symmetric matrix, which is overwritten. */
  static DMatrixRMaj topOfSymmetric(DMatrixRMaj symmetric, int rank) {
    int n = symmetric.numRows;
    EigenDecomposition_F64<DMatrixRMaj> eigen = DecompositionFactory_DDRM.eig(n, true, true);
    if (!eigen.decompose(symmetric)) {
      throw new ArithmeticException("the eigenvalues of a " + n + " x " + n + " matrix failed");
    }
    Comparator<Integer> descending =
        Comparator.comparingDouble(i -> -eigen.getEigenvalue(i).getReal());
    List<Integer> order = IntStream.range(0, n).boxed().sorted(descending).limit(rank).toList();
    DMatrixRMaj top = new DMatrixRMaj(n, rank);
    for (int i = 0; i < rank; i++) {
      CommonOps_DDRM.insert(eigen.getEigenVector(order.get(i)), top, 0, i);
    }
    return top;
  }
}
