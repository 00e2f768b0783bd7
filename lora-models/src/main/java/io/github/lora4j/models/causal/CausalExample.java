package io.github.lora4j.models.causal;

import java.util.Arrays;
import java.util.BitSet;

/**
 * The tokens of one training example and which of them are to be learned.
 *
 * @param ids of all tokens, at least two
 * @param learned the positions whose tokens are predicted from what comes before them; never 0
 */
public record CausalExample(int[] ids, BitSet learned) {
  /** Checks that something is learned. */
  public CausalExample {
    if (learned.get(0) || learned.length() > ids.length) {
      throw new IllegalArgumentException(
          "learned positions " + learned + " of " + ids.length + " tokens");
    }
    if (learned.isEmpty()) {
      throw new IllegalArgumentException("no token is to be learned");
    }
  }

  /** A prompt and what is to be answered to it. */
  public static CausalExample completion(int[] prompt, int[] completion) {
    int[] ids = new int[prompt.length + completion.length];
    System.arraycopy(prompt, 0, ids, 0, prompt.length);
    System.arraycopy(completion, 0, ids, prompt.length, completion.length);
    BitSet learned = new BitSet();
    learned.set(Math.max(1, prompt.length), ids.length);
    return new CausalExample(ids, learned);
  }

  /**
   * The example without what comes after so many tokens.
   *
   * @throws IllegalArgumentException if nothing that is to be learned would be left
   */
  public CausalExample upTo(int longest) {
    if (ids.length <= longest) {
      return this;
    }
    BitSet left = learned.get(0, longest);
    if (left.isEmpty()) {
      throw new IllegalArgumentException(
          "nothing of the answer is left within " + longest + " tokens of " + ids.length);
    }
    return new CausalExample(Arrays.copyOf(ids, longest), left);
  }

  /** What comes before the last tokens that are learned together. */
  public int[] prompt() {
    return Arrays.copyOf(ids, learned.previousClearBit(learned.length() - 1) + 1);
  }

  /** How many tokens are learned. */
  public int labels() {
    return learned.cardinality();
  }
}
