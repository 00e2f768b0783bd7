package io.github.lora4j.models.generate;

import java.util.List;

/**
 * How tokens are chosen, with the names and the meaning of transformers' {@code GenerationConfig}.
 *
 * @param doSample whether a token is drawn; otherwise the likeliest is taken, and temperature,
 *     top-k, top-p and min-p do not matter
 * @param temperature what logits are divided by, above 0
 * @param topK how many of the likeliest tokens stay, all that tie with the last of them included; 0
 *     for all
 * @param topP the likeliest tokens stay whose probabilities together reach this, in [0, 1]; 1 for
 *     all, and at least one stays
 * @param minP tokens stay whose probability is at least this share of the likeliest one's, in [0,
 *     1]; 0 for all
 * @param repetitionPenalty what the logits of tokens of the prompt and the output so far are
 *     divided by, or multiplied with if they are negative, above 0; 1 for none
 * @param seed of the draws
 * @param maxNewTokens the most tokens that are generated, at least 1
 * @param stopStrings texts that end the output, which then ends before them; none of them empty
 * @param logprobs how many of the likeliest tokens are reported with their log-probabilities at
 *     each step, beside the chosen one; 0 for no report
 */
public record SamplingConfig(
    boolean doSample,
    double temperature,
    int topK,
    double topP,
    double minP,
    double repetitionPenalty,
    long seed,
    int maxNewTokens,
    List<String> stopStrings,
    int logprobs) {

  /**
   * Copies the list and checks every value.
   *
   * @throws IllegalArgumentException naming the field, in transformers' spelling, and its value
   */
  public SamplingConfig {
    stopStrings = List.copyOf(stopStrings);
    require(
        temperature > 0 && Double.isFinite(temperature),
        "temperature",
        temperature,
        "must be above 0; for the likeliest token turn do_sample off");
    require(topK >= 0, "top_k", topK, "must be at least 0");
    require(topP >= 0 && topP <= 1, "top_p", topP, "must be in [0, 1]");
    require(minP >= 0 && minP <= 1, "min_p", minP, "must be in [0, 1]");
    require(
        repetitionPenalty > 0 && Double.isFinite(repetitionPenalty),
        "repetition_penalty",
        repetitionPenalty,
        "must be above 0");
    require(maxNewTokens >= 1, "max_new_tokens", maxNewTokens, "must be at least 1");
    require(stopStrings.stream().noneMatch(String::isEmpty), "stop_strings", "''", "is empty");
    require(logprobs >= 0, "logprobs", logprobs, "must be at least 0");
  }

  private static void require(boolean holds, String field, Object value, String problem) {
    if (!holds) {
      throw new IllegalArgumentException(field + " is " + value + ", it " + problem);
    }
  }

  /** The likeliest token at every step. */
  public static SamplingConfig greedy() {
    return builder().build();
  }

  /** A builder with transformers' defaults, but 256 new tokens. */
  public static Builder builder() {
    return new Builder();
  }

  /** Sets one value after the other; not thread-safe. */
  public static final class Builder {
    private boolean doSample;
    private double temperature = 1;
    private int topK = 50;
    private double topP = 1;
    private double minP;
    private double repetitionPenalty = 1;
    private long seed;
    private int maxNewTokens = 256;
    private List<String> stopStrings = List.of();
    private int logprobs;

    private Builder() {}

    /** Whether tokens are drawn. */
    public Builder doSample(boolean value) {
      doSample = value;
      return this;
    }

    /** What logits are divided by. */
    public Builder temperature(double value) {
      temperature = value;
      return this;
    }

    /** How many of the likeliest tokens stay; 0 for all. */
    public Builder topK(int value) {
      topK = value;
      return this;
    }

    /** How much probability the tokens that stay reach; 1 for all. */
    public Builder topP(double value) {
      topP = value;
      return this;
    }

    /** The least share of the likeliest token's probability; 0 for all. */
    public Builder minP(double value) {
      minP = value;
      return this;
    }

    /** The penalty of tokens that occurred; 1 for none. */
    public Builder repetitionPenalty(double value) {
      repetitionPenalty = value;
      return this;
    }

    /** The seed of the draws. */
    public Builder seed(long value) {
      seed = value;
      return this;
    }

    /** The most tokens that are generated. */
    public Builder maxNewTokens(int value) {
      maxNewTokens = value;
      return this;
    }

    /** Texts that end the output. */
    public Builder stopStrings(List<String> value) {
      stopStrings = value;
      return this;
    }

    /** How many log-probabilities are reported at each step; 0 for none. */
    public Builder logprobs(int value) {
      logprobs = value;
      return this;
    }

    /**
     * The configuration.
     *
     * @throws IllegalArgumentException if a value is out of its range
     */
    public SamplingConfig build() {
      return new SamplingConfig(
          doSample,
          temperature,
          topK,
          topP,
          minP,
          repetitionPenalty,
          seed,
          maxNewTokens,
          stopStrings,
          logprobs);
    }
  }
}
