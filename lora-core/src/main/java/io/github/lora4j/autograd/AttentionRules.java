package io.github.lora4j.autograd;

/**
 * How attention works beyond its plain form. Immutable.
 *
 * @param heads query heads
 * @param kvHeads key and value heads, a divisor of {@code heads}
 * @param scale of the scores
 * @param causal if a position sees itself and what is before it only
 * @param window how many positions a position sees, itself included, or 0 for all; causal only
 * @param softcap scores become {@code softcap * tanh(score / softcap)}, as in Gemma 2; 0 for none
 * @param slopes what is added to a head's score for each position of the key (Press et al., "Train
 *     Short, Test Long", 2021); or null
 */
public record AttentionRules(
    int heads,
    int kvHeads,
    float scale,
    boolean causal,
    int window,
    float softcap,
    float[] slopes) {

  /** Checks the values. */
  public AttentionRules {
    if (heads < 1 || kvHeads < 1 || heads % kvHeads != 0) {
      throw new IllegalArgumentException(
          heads + " heads do not divide over " + kvHeads + " key and value heads");
    }
    if (window < 0 || window > 0 && !causal) {
      throw new IllegalArgumentException("window is " + window);
    }
    if (!(softcap >= 0)) {
      throw new IllegalArgumentException("softcap is " + softcap);
    }
    if (slopes != null && slopes.length != heads) {
      throw new IllegalArgumentException(slopes.length + " slopes for " + heads + " heads");
    }
  }

  /** Plain attention. */
  public static AttentionRules plain(int heads, int kvHeads, int headSize, boolean causal) {
    return new AttentionRules(
        heads, kvHeads, (float) (1 / Math.sqrt(headSize)), causal, 0, 0f, null);
  }

  /** The first key that the query at a position sees. */
  int firstKey(int position) {
    return window == 0 ? 0 : Math.max(0, position + 1 - window);
  }
}
