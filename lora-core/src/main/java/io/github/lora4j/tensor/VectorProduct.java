package io.github.lora4j.tensor;

/**
 * A weight that multiplies a few rows without being decoded to memory first: what token-by-token
 * decoding of a language model spends its time on.
 */
public interface VectorProduct extends FrozenMatrix {
  /** Parts of a product, which several threads may compute at the same time. */
  @FunctionalInterface
  interface Shares {
    /**
     * Computes the products with some groups of rows of the weight.
     *
     * @param firstGroup the first group of {@link VectorProduct#group()} rows
     * @param endGroup the group after the last
     */
    void compute(int firstGroup, int endGroup);
  }

  /** Rows of the weight that are multiplied together. */
  int group();

  /** The most rows of x with which this is faster than decoding panels. */
  int most();

  /**
   * {@code y[i, r] = sum over c of x[i, c] * W[r, c]}; nothing is computed before the shares are.
   *
   * @param rows at least 1; a share writes only the elements of its rows of the weight
   */
  Shares times(FewRows rows);
}
