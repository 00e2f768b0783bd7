package io.github.lora4j.models.generate;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/**
 * Log-probabilities at one step, natural logarithms, of the model's own distribution: the softmax
 * of its logits before any penalty, temperature or filter.
 *
 * @param token the chosen token
 * @param logprob its log-probability
 * @param top the likeliest tokens, the likeliest first
 */
public record TokenLogprobs(int token, double logprob, List<Entry> top) {

  /** A token with its log-probability. */
  public record Entry(int token, double logprob) {}

  public TokenLogprobs {
    top = List.copyOf(top);
  }

  /**
   * Reads one row of logits.
   *
   * @param logits holds the row
   * @param offset where it begins
   * @param vocab its length
   * @param token the chosen token
   * @param n how many of the likeliest tokens to report, at most {@code vocab} of them
   */
  public static TokenLogprobs of(float[] logits, int offset, int vocab, int token, int n) {
    float max = Float.NEGATIVE_INFINITY;
    TopHeap heap = new TopHeap(Math.min(n, vocab));
    for (int i = 0; i < vocab; i++) {
      float logit = logits[offset + i];
      max = Math.max(max, logit);
      heap.offer(logit, i);
    }
    double sum = 0;
    for (int i = 0; i < vocab; i++) {
      sum += Math.exp((double) logits[offset + i] - max);
    }
    double logSum = max + Math.log(sum);
    List<Entry> top = new ArrayList<>();
    while (heap.size() > 0) {
      int index = heap.poll();
      top.add(new Entry(index, logits[offset + index] - logSum));
    }
    Collections.reverse(top);
    return new TokenLogprobs(token, logits[offset + token] - logSum, top);
  }
}
