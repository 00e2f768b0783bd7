package io.github.lora4j.models.causal;

import io.github.lora4j.models.generate.FinishReason;
import io.github.lora4j.models.generate.TokenLogprobs;
import java.util.List;

/**
 * What was generated for one prompt.
 *
 * @param text the answer, without the stop string that ended it
 * @param tokens of the answer
 * @param promptTokens how many tokens the prompt had
 * @param reason why it ended
 * @param logprobs of each token, if they were asked for
 */
public record GeneratedText(
    String text,
    int[] tokens,
    int promptTokens,
    FinishReason reason,
    List<TokenLogprobs> logprobs) {}
