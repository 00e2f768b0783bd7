package io.github.lora4j.models.generate;

import java.util.Arrays;
import java.util.List;

/**
 * Gives a sequence the keys and values of what its prompt begins with, if one that runs has them:
 * many prompts have the same instruction before their text. For one thread.
 */
final class PrefixReuse {
  /** Fewer tokens are computed faster than looked after. */
  private static final int WORTH_COPYING = 4;

  /** Fewer tokens are not worth coming a pass later. */
  private static final int WORTH_WAITING = 16;

  private final int longest;

  /**
   * @param longest the most tokens of prompts that share
   */
  PrefixReuse(int longest) {
    this.longest = longest;
  }

  /**
   * Prepares the first pass of a sequence.
   *
   * @param earlier sequences that go first
   * @return false if it should wait for a pass of one of them
   */
  boolean begin(GenerationSequence sequence, List<GenerationSequence> earlier) {
    GenerationSequence from = null;
    int most = 0;
    int soon = 0;
    for (GenerationSequence other : earlier) {
      int common = common(sequence, other);
      int computed = Math.min(common, other.cache().length());
      if (computed > most) {
        most = computed;
        from = other;
      }
      soon = Math.max(soon, common);
    }
    if (soon - most >= WORTH_WAITING) {
      return false;
    }
    if (most >= WORTH_COPYING) {
      sequence.reuse(from.cache(), most);
    }
    return true;
  }

  /** Tokens that both begin with; the last one of a prompt is computed, for its logits. */
  private int common(GenerationSequence sequence, GenerationSequence other) {
    int[] prompt = sequence.request().prompt();
    int[] ids = other.request().prompt();
    if (sequence.request().adapter() != other.request().adapter()
        || Math.max(prompt.length, ids.length) > longest) {
      return 0;
    }
    int mismatch = Arrays.mismatch(prompt, ids);
    return Math.min(mismatch < 0 ? ids.length : mismatch, prompt.length - 1);
  }
}
