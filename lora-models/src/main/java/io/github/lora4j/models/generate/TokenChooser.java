package io.github.lora4j.models.generate;

/**
 * Chooses the next token of one sequence. For one thread; it may keep state from token to token.
 */
@FunctionalInterface
public interface TokenChooser {
  /**
   * Chooses.
   *
   * @param logits of all tokens, during the call; may be changed
   * @param generated the tokens of the sequence so far, the prompt included; not to be changed
   * @param length how many of them there are
   */
  int next(float[] logits, int[] generated, int length);

  /** The token with the highest logit, of equal ones the first. */
  static TokenChooser greedy() {
    return (logits, generated, length) -> {
      int best = 0;
      for (int i = 1; i < logits.length; i++) {
        best = logits[i] > logits[best] ? i : best;
      }
      return best;
    };
  }
}
