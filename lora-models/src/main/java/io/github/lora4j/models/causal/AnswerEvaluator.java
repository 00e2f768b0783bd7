package io.github.lora4j.models.causal;

import io.github.lora4j.lora.ActiveAdapter;
import io.github.lora4j.models.generate.SamplingConfig;
import java.util.List;
import java.util.Locale;

/** Compares a model's answers with those that are known. Stateless and thread-safe. */
public final class AnswerEvaluator {
  private final CausalLm model;
  private final PromptFormat format;

  /**
   * @param format how conversations become tokens
   */
  public AnswerEvaluator(CausalLm model, PromptFormat format) {
    this.model = model;
    this.format = format;
  }

  /**
   * Evaluates.
   *
   * @param maxNewTokens the most tokens of a generated answer; 0 generates none
   * @throws IllegalArgumentException if a conversation does not fit the context of the model
   */
  public AnswerReport evaluate(
      List<Conversation> conversations, ActiveAdapter adapter, int maxNewTokens) {
    long start = System.nanoTime();
    List<CausalExample> examples = conversations.stream().map(format::example).toList();
    long tokens = examples.stream().mapToLong(CausalExample::labels).sum();
    double sum =
        new CausalLoss(model.base().compute(), model.base().model(), adapter, 0).sum(examples);
    List<String> answers = maxNewTokens == 0 ? List.of() : answers(examples, adapter, maxNewTokens);
    int exact = 0;
    int begins = 0;
    for (int i = 0; i < answers.size(); i++) {
      String expected = plain(conversations.get(i).answer());
      String actual = plain(answers.get(i));
      exact += actual.equals(expected) ? 1 : 0;
      begins += actual.startsWith(expected) ? 1 : 0;
    }
    double seconds = (System.nanoTime() - start) / 1e9;
    return new AnswerReport(sum / tokens, tokens, answers, exact, begins, seconds);
  }

  /** Greedy answers to what comes before the last one of each example. */
  private List<String> answers(
      List<CausalExample> examples, ActiveAdapter adapter, int maxNewTokens) {
    SamplingConfig config = SamplingConfig.builder().maxNewTokens(maxNewTokens).build();
    List<int[]> prompts = examples.stream().map(CausalExample::prompt).toList();
    return new TextGenerator(model)
        .generate(prompts, config, adapter).stream().map(GeneratedText::text).toList();
  }

  private static String plain(String answer) {
    return answer.strip().toLowerCase(Locale.ROOT);
  }
}
