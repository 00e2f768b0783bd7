package io.github.lora4j.models.causal;

import java.util.List;

/**
 * How well a model answers questions whose answers are known.
 *
 * @param loss mean cross-entropy over the tokens of the answers
 * @param tokens of the answers
 * @param answers generated, one for each conversation; empty if nothing was generated
 * @param exact how many are the answer, without regard to case and space around it
 * @param begins how many begin with the answer
 * @param seconds that it took
 */
public record AnswerReport(
    double loss, long tokens, List<String> answers, int exact, int begins, double seconds) {

  /** {@code exp(loss)}. */
  public double perplexity() {
    return Math.exp(loss);
  }

  /** Share of generated answers that are the answer, in [0, 1]. */
  public double exactMatch() {
    return answers.isEmpty() ? 0 : (double) exact / answers.size();
  }

  /** Share of generated answers that begin with the answer, in [0, 1]. */
  public double startsWith() {
    return answers.isEmpty() ? 0 : (double) begins / answers.size();
  }
}
