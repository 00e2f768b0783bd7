package io.github.lora4j.tensor;

/**
 * A weight that multiplies one row without being decoded to memory first: what token-by-token
 * decoding of a language model spends its time on.
 */
public interface VectorProduct extends FrozenMatrix {
  /** Rows of the weight that are multiplied together. */
  int group();

  /**
   * {@code y[r] = sum over c of W[r, c] * x[c]} for the rows of some groups.
   *
   * @param x {@code [in]}
   * @param firstGroup the first group of {@link #group()} rows
   * @param endGroup the group after the last
   * @param y {@code [out]}; only the elements of these rows are written
   */
  void multiply(float[] x, int firstGroup, int endGroup, float[] y);
}
