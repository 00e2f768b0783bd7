package io.github.lora4j.tensor;

/**
 * A weight that multiplies one row without being decoded to memory first: what token-by-token
 * decoding of a language model spends its time on.
 */
public interface VectorProduct extends FrozenMatrix {
  /** Parts of a product, which several threads may compute at the same time. */
  @FunctionalInterface
  interface Shares {
    /**
     * Computes the rows of some groups.
     *
     * @param firstGroup the first group of {@link VectorProduct#group()} rows
     * @param endGroup the group after the last
     */
    void compute(int firstGroup, int endGroup);
  }

  /** Rows of the weight that are multiplied together. */
  int group();

  /**
   * {@code y[r] = sum over c of W[r, c] * x[c]}; nothing is computed before the shares are.
   *
   * @param x {@code [in]}
   * @param y {@code [out]}; a share writes only the elements of its rows
   */
  Shares times(float[] x, float[] y);
}
