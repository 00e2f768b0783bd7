package io.github.lora4j.tensor;

/**
 * A few rows that are multiplied with one weight, and where the products go.
 *
 * @param x {@code [rows, in]}; may be longer
 * @param rows at least 1
 * @param y {@code [rows, out]}; may be longer
 */
public record FewRows(float[] x, int rows, int in, float[] y, int out) {
  /** An array with so many values for each row, up to a multiple of four rows. */
  public float[] inFours(int each) {
    return new float[(rows + 3) / 4 * 4 * each];
  }

  /** Where a row of x begins; what lies beyond the last row counts as it. */
  public int from(int row) {
    return Math.min(row, rows - 1) * in;
  }

  /** Where a row of y begins; what lies beyond the last row counts as it. */
  public int to(int row) {
    return Math.min(row, rows - 1) * out;
  }
}
