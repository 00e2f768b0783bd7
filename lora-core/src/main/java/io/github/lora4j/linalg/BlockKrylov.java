package io.github.lora4j.linalg;

import java.util.Random;
import org.ejml.data.DMatrixRMaj;
import org.ejml.dense.row.CommonOps_DDRM;
import org.ejml.dense.row.NormOps_DDRM;
import org.ejml.dense.row.RandomMatrices_DDRM;
import org.ejml.dense.row.factory.DecompositionFactory_DDRM;
import org.ejml.interfaces.decomposition.QRDecomposition;

/**
 * Left singular vectors out of the block Krylov space of {@code M Mᵀ}, which is enlarged until they
 * satisfy their equation (Musco and Musco, 2015, arXiv 1504.05477). A space of narrow blocks needs
 * the fewest columns, but holds no more vectors of a repeated value than a block has; whether one
 * was missed is looked for in another space, orthogonal to what was found.
 */
final class BlockKrylov {
  /** Columns of a block beyond the rank, and at most. */
  private static final int MORE = 4;

  private static final int WIDEST = 12;

  /** Blocks of the space in which vectors are looked for that were missed. */
  private static final int PROBES = 8;

  /** {@code ‖M Mᵀ u - λ u‖} relative to the largest λ at which a vector is taken. */
  private static final double RESIDUAL = 1e-9;

  private static final long SEED = 0x5DEECE66DL;

  private BlockKrylov() {}

  /**
   * The vectors of the largest singular values, in descending order.
   *
   * @param wide {@code [rows, cols]} with rows at most cols
   * @return {@code [rows, rank]}, orthonormal columns
   */
  static DMatrixRMaj top(DMatrixRMaj wide, int rank) {
    int n = wide.numRows;
    int width = Math.min(n, Math.min(rank + MORE, WIDEST));
    DMatrixRMaj basis = new DMatrixRMaj(n, 0);
    DMatrixRMaj images = new DMatrixRMaj(n, 0);
    DMatrixRMaj block = RandomMatrices_DDRM.rectangle(n, width, -1, 1, new Random(SEED));
    int tested = 0;
    while (true) {
      if (2 * (basis.numCols + width) > n) {
        // The space is no longer small.
        return GramEigenvectors.top(wide, rank);
      }
      block = orthonormal(block, basis);
      DMatrixRMaj image = image(wide, block);
      basis = CommonOps_DDRM.concatColumns(basis, block, null);
      images = CommonOps_DDRM.concatColumns(images, image, null);
      // A test costs as much as some steps: the space grows by a fifth between two.
      if (basis.numCols >= Math.max(4 * width, 2 * rank) && 5 * basis.numCols >= 6 * tested) {
        tested = basis.numCols;
        DMatrixRMaj found = ritzVectors(basis, images, rank);
        if (found != null) {
          boolean whole = rank < width || !missed(wide, found, width);
          return whole ? found : GramEigenvectors.top(wide, rank);
        }
      }
      block = image;
    }
  }

  /** Whether there is a value above those that were found, beside them. */
  static boolean missed(DMatrixRMaj wide, DMatrixRMaj found, int width) {
    DMatrixRMaj last = CommonOps_DDRM.extractColumn(found, found.numCols - 1, null);
    double smallest = CommonOps_DDRM.dot(last, image(wide, last));
    DMatrixRMaj block =
        RandomMatrices_DDRM.rectangle(wide.numRows, width, -1, 1, new Random(SEED + 1));
    DMatrixRMaj all = found;
    for (int i = 0; i < PROBES; i++) {
      block = orthonormal(block, all);
      all = CommonOps_DDRM.concatColumns(all, block, null);
      block = image(wide, block);
    }
    DMatrixRMaj probes = CommonOps_DDRM.extract(all, 0, wide.numRows, found.numCols, all.numCols);
    DMatrixRMaj images = image(wide, probes);
    DMatrixRMaj projected = new DMatrixRMaj(probes.numCols, probes.numCols);
    CommonOps_DDRM.multTransA(probes, images, projected);
    DMatrixRMaj y = GramEigenvectors.topOfSymmetric(symmetric(projected), 1);
    DMatrixRMaj mapped = new DMatrixRMaj(probes.numCols, 1);
    CommonOps_DDRM.mult(projected, y, mapped);
    return CommonOps_DDRM.dot(y, mapped) > smallest * (1 + 1e-6);
  }

  /** M Mᵀ X. */
  private static DMatrixRMaj image(DMatrixRMaj wide, DMatrixRMaj x) {
    DMatrixRMaj back = new DMatrixRMaj(wide.numCols, x.numCols);
    CommonOps_DDRM.multTransA(wide, x, back);
    DMatrixRMaj image = new DMatrixRMaj(wide.numRows, x.numCols);
    CommonOps_DDRM.mult(wide, back, image);
    return image;
  }

  /** An orthonormal block that is orthogonal to the basis and spans what the block adds to it. */
  private static DMatrixRMaj orthonormal(DMatrixRMaj block, DMatrixRMaj basis) {
    DMatrixRMaj q = block.copy();
    // Twice is enough for orthogonality to the last bits.
    for (int pass = 0; pass < 2; pass++) {
      if (basis.numCols > 0) {
        DMatrixRMaj along = new DMatrixRMaj(basis.numCols, q.numCols);
        CommonOps_DDRM.multTransA(basis, q, along);
        CommonOps_DDRM.multAdd(-1, basis, along, q);
      }
      QRDecomposition<DMatrixRMaj> qr = DecompositionFactory_DDRM.qr(q.numRows, q.numCols);
      qr.decompose(q);
      q = qr.getQ(null, true);
    }
    return q;
  }

  /** Without the rounding that makes the two halves differ. */
  private static DMatrixRMaj symmetric(DMatrixRMaj nearly) {
    DMatrixRMaj symmetric = CommonOps_DDRM.transpose(nearly, null);
    CommonOps_DDRM.add(0.5, nearly, 0.5, symmetric, symmetric);
    return symmetric;
  }

  /** The best vectors in the space, or null if one is not exact yet. */
  private static DMatrixRMaj ritzVectors(DMatrixRMaj basis, DMatrixRMaj images, int rank) {
    DMatrixRMaj projected = new DMatrixRMaj(basis.numCols, basis.numCols);
    CommonOps_DDRM.multTransA(basis, images, projected);
    DMatrixRMaj y = GramEigenvectors.topOfSymmetric(symmetric(projected), rank);
    DMatrixRMaj vectors = new DMatrixRMaj(basis.numRows, rank);
    CommonOps_DDRM.mult(basis, y, vectors);
    DMatrixRMaj mapped = new DMatrixRMaj(basis.numRows, rank);
    CommonOps_DDRM.mult(images, y, mapped);
    double largest = 0;
    double worst = 0;
    for (int i = 0; i < rank; i++) {
      DMatrixRMaj u = CommonOps_DDRM.extractColumn(vectors, i, null);
      DMatrixRMaj image = CommonOps_DDRM.extractColumn(mapped, i, null);
      double value = CommonOps_DDRM.dot(u, image);
      CommonOps_DDRM.addEquals(image, -value, u);
      largest = Math.max(largest, value);
      worst = Math.max(worst, NormOps_DDRM.normF(image));
    }
    return worst <= RESIDUAL * largest ? vectors : null;
  }
}
