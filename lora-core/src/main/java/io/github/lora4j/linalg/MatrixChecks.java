package io.github.lora4j.linalg;

import org.ejml.data.DMatrixRMaj;

/** What the decompositions ask of a matrix. */
final class MatrixChecks {
  private MatrixChecks() {}

  /**
   * Checks shape and rank.
   *
   * @throws IllegalArgumentException if the rank is out of range, the length does not fit, or an
   *     element is not finite
   */
  static void require(float[] m, int rows, int cols, int rank) {
    if (rows < 1 || cols < 1 || m.length != (long) rows * cols) {
      throw new IllegalArgumentException(
          "a [" + rows + ", " + cols + "] matrix does not fit " + m.length + " elements");
    }
    int shorter = Math.min(rows, cols);
    if (rank < 1 || rank > shorter) {
      throw new IllegalArgumentException(
          "rank "
              + rank
              + " of a ["
              + rows
              + ", "
              + cols
              + "] matrix, must be from 1 to "
              + shorter);
    }
    for (float value : m) {
      if (!Float.isFinite(value)) {
        throw new IllegalArgumentException("the matrix has an element that is not finite");
      }
    }
  }

  /** The matrix in double precision. */
  static DMatrixRMaj widened(float[] m, int rows, int cols) {
    DMatrixRMaj wide = new DMatrixRMaj(rows, cols);
    for (int i = 0; i < m.length; i++) {
      wide.data[i] = m[i];
    }
    return wide;
  }
}
