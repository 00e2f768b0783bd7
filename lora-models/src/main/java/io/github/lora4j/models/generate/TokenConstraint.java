package io.github.lora4j.models.generate;

import java.util.BitSet;

/**
 * What the output of one sequence may be. Stateful, one per sequence, not thread-safe.
 *
 * <p>Before each token: {@link #allowed}; after it: {@link #accept}. The sequence ends when {@link
 * #complete} holds or an end-of-sequence token was accepted.
 */
public interface TokenConstraint {

  /**
   * Sets the bits of exactly the tokens that may come next, end-of-sequence tokens among them where
   * the output is whole. At least one bit is set unless the sequence has ended.
   *
   * @param into is cleared first
   * @param remainingTokens how many tokens may still be generated, this one included and
   *     end-of-sequence not: only tokens are allowed after which the output can become whole within
   *     the others
   * @throws IllegalArgumentException if {@code remainingTokens} is less than {@link #minimalTokens}
   */
  void allowed(BitSet into, int remainingTokens);

  /**
   * Goes on with a token.
   *
   * @throws IllegalArgumentException if it is not allowed here
   */
  void accept(int token);

  /** Whether the output is whole and nothing but end of sequence may follow. */
  boolean complete();

  /** How many tokens are enough to make the output whole from here; 0 if it is. */
  int minimalTokens();

  /** An independent constraint in the same state. */
  TokenConstraint copy();
}
