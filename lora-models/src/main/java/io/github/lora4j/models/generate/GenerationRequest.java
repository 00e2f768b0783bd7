package io.github.lora4j.models.generate;

import io.github.lora4j.lora.ActiveAdapter;
import java.util.Set;
import java.util.function.IntPredicate;

/**
 * What to generate.
 *
 * @param prompt at least one token
 * @param maxNewTokens the most tokens to generate, at least 1
 * @param endTokens tokens that end the sequence; they are not part of what is generated
 * @param adapter that applies, or {@link ActiveAdapter#NONE}
 * @param chooser chooses tokens; of this request alone
 * @param onToken sees every generated token as soon as it is there and says whether to go on
 */
public record GenerationRequest(
    int[] prompt,
    int maxNewTokens,
    Set<Integer> endTokens,
    ActiveAdapter adapter,
    TokenChooser chooser,
    IntPredicate onToken) {

  /** Checks the values. */
  public GenerationRequest {
    if (prompt.length == 0) {
      throw new IllegalArgumentException("the prompt has no tokens");
    }
    if (maxNewTokens < 1) {
      throw new IllegalArgumentException("max_new_tokens is " + maxNewTokens + ", not positive");
    }
    endTokens = Set.copyOf(endTokens);
  }

  /** Greedy decoding of a prompt. */
  public static GenerationRequest greedy(
      int[] prompt, int maxNewTokens, Set<Integer> endTokens, ActiveAdapter adapter) {
    return new GenerationRequest(
        prompt, maxNewTokens, endTokens, adapter, TokenChooser.greedy(), token -> true);
  }
}
