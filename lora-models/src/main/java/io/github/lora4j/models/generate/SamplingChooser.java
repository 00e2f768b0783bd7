package io.github.lora4j.models.generate;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;

/** Chooses as a {@link SamplingConfig} says, among what a constraint allows. For one sequence. */
public final class SamplingChooser implements TokenChooser {
  private final SamplingConfig config;
  private final Sampler sampler;
  private final TokenConstraint constraint;
  private final int promptLength;
  private final int end;
  private final BitSet allowed = new BitSet();
  private final List<TokenLogprobs> logprobs = new ArrayList<>();

  /**
   * @param vocab tokens of the vocabulary
   * @param sequence number of the sequence among those of one seed
   * @param constraint of this sequence alone, or null
   * @param promptLength tokens of the prompt
   * @param endTokens that end a sequence; one of them is chosen when the constraint is complete
   * @throws IllegalArgumentException if the output cannot be whole within the most new tokens
   */
  public SamplingChooser(
      SamplingConfig config,
      int vocab,
      long sequence,
      TokenConstraint constraint,
      int promptLength,
      List<Integer> endTokens) {
    if (constraint != null && constraint.minimalTokens() > config.maxNewTokens()) {
      throw new IllegalArgumentException(
          "max_new_tokens is "
              + config.maxNewTokens()
              + ", but the shortest output that the schema allows has "
              + constraint.minimalTokens()
              + " tokens");
    }
    if (constraint != null && endTokens.isEmpty()) {
      throw new IllegalArgumentException("a constrained output needs a token that ends it");
    }
    this.config = config;
    this.sampler = new Sampler(config, vocab, sequence);
    this.constraint = constraint;
    this.promptLength = promptLength;
    this.end = endTokens.isEmpty() ? -1 : endTokens.get(0);
  }

  @Override
  public int next(float[] logits, int[] generated, int length) {
    if (constraint != null && constraint.complete()) {
      return end;
    }
    if (constraint != null) {
      constraint.allowed(allowed, config.maxNewTokens() - (length - promptLength));
    }
    int token = sampler.next(logits, 0, generated, length, constraint == null ? null : allowed);
    if (config.logprobs() > 0) {
      logprobs.add(TokenLogprobs.of(logits, 0, logits.length, token, config.logprobs()));
    }
    if (constraint != null) {
      constraint.accept(token);
    }
    return token;
  }

  /** Log-probabilities of the chosen tokens, if they were asked for. */
  public List<TokenLogprobs> logprobs() {
    return List.copyOf(logprobs);
  }
}
