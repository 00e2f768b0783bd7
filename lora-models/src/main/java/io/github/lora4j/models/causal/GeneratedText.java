package io.github.lora4j.models.causal;

import io.github.lora4j.models.generate.FinishReason;
import io.github.lora4j.models.generate.GenerationTimes;
import io.github.lora4j.models.generate.TokenLogprobs;
import java.util.List;

/**
 * What was generated for one prompt.
 *
 * @param text the answer, without the stop string that ended it
 * @param tokens of the answer
 * @param promptTokens how many tokens the prompt had
 * @param reason why it ended
 * @param times how long it took
 * @param logprobs of each token, if they were asked for
 */
public record GeneratedText(
    String text,
    int[] tokens,
    int promptTokens,
    FinishReason reason,
    GenerationTimes times,
    List<TokenLogprobs> logprobs) {

  /** Tokens of the prompt per second until the first token was chosen; 0 if none was. */
  public double prefillTokensPerSecond() {
    return times.prefill() > 0 ? promptTokens / times.prefill() : 0;
  }

  /** Tokens per second after the first one; 0 if there was none. */
  public double decodeTokensPerSecond() {
    return times.decode() > 0 ? (tokens.length - 1) / times.decode() : 0;
  }
}
