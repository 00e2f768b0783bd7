package io.github.lora4j.models.generate;

import java.util.Arrays;
import java.util.BitSet;

/**
 * The tokens that are left after transformers' processors, in their order: repetition penalty,
 * allowed tokens, temperature, top-k, top-p, min-p. Scores are float32 as there, probabilities are
 * float64. Buffers are reused; not thread-safe.
 */
final class Candidates {
  private final SamplingConfig config;
  private final int vocab;
  private final float[] scores;
  private final int[] tokens;
  private final double[] weights;
  private final BitSet seen;
  private int count;

  Candidates(SamplingConfig config, int vocab) {
    this.config = config;
    this.vocab = vocab;
    scores = new float[vocab];
    tokens = new int[vocab];
    weights = new double[vocab];
    seen = new BitSet(config.repetitionPenalty() == 1 ? 0 : vocab);
  }

  /** Reads the logits of one step; afterwards every allowed token is a candidate. */
  void read(float[] logits, int offset, int[] history, int length, BitSet allowed) {
    System.arraycopy(logits, offset, scores, 0, vocab);
    if (config.repetitionPenalty() != 1) {
      penalize(history, length);
    }
    count = 0;
    for (int token = 0; token < vocab; token++) {
      float score = scores[token];
      if (!(score < Float.POSITIVE_INFINITY)) {
        throw new IllegalArgumentException("the logit of token " + token + " is " + score);
      }
      if (score > Float.NEGATIVE_INFINITY && (allowed == null || allowed.get(token))) {
        tokens[count++] = token;
      }
    }
    if (count == 0) {
      throw new IllegalArgumentException(
          allowed == null
              ? "every logit is minus infinity"
              : "none of the " + allowed.cardinality() + " allowed tokens has a finite logit");
    }
  }

  private void penalize(int[] history, int length) {
    seen.clear();
    float penalty = (float) config.repetitionPenalty();
    for (int i = 0; i < length; i++) {
      int token = history[i];
      if (token >= 0 && token < vocab && !seen.get(token)) {
        seen.set(token);
        float score = scores[token];
        scores[token] = score < 0 ? score * penalty : score / penalty;
      }
    }
  }

  /** The candidate with the highest score, of equal ones the first. */
  int best() {
    int best = tokens[0];
    for (int i = 1; i < count; i++) {
      if (scores[tokens[i]] > scores[best]) {
        best = tokens[i];
      }
    }
    return best;
  }

  /** Applies temperature, top-k, top-p and min-p. */
  void filter() {
    float temperature = (float) config.temperature();
    if (temperature != 1) {
      float best = scores[best()];
      // Only a tiny temperature makes scores infinite; then the difference to the best one is
      // divided.
      float shift = Float.isFinite(best / temperature) ? 0 : best;
      for (int i = 0; i < count; i++) {
        float score = scores[tokens[i]] - shift;
        scores[tokens[i]] = score == 0 ? 0 : score / temperature;
      }
    }
    if (config.topK() > 0 && config.topK() < count) {
      keepTopK();
    }
    float max = scores[best()];
    for (int i = 0; i < count; i++) {
      weights[i] = Math.exp((double) scores[tokens[i]] - max);
    }
    if (config.topP() < 1) {
      keepTopP();
    }
    if (config.minP() > 0) {
      int kept = 0;
      for (int i = 0; i < count; i++) {
        if (weights[i] >= config.minP()) {
          keep(i, kept++);
        }
      }
      count = kept;
    }
  }

  /** Everything that is not below the k-th highest score, so that ties stay. */
  private void keepTopK() {
    TopHeap heap = new TopHeap(config.topK());
    for (int i = 0; i < count; i++) {
      heap.offer(scores[tokens[i]], tokens[i]);
    }
    float least = heap.smallest();
    int kept = 0;
    for (int i = 0; i < count; i++) {
      if (scores[tokens[i]] >= least) {
        tokens[kept++] = tokens[i];
      }
    }
    count = kept;
  }

  /**
   * The likeliest tokens up to the one with which their sum reaches top-p. Tokens with less than (1
   * - p) / count together have less than 1 - p, so they go without being sorted.
   */
  private void keepTopP() {
    double sum = total();
    double least = (1 - config.topP()) / count * sum * (1 - 1e-9);
    int[] order = new int[count];
    int size = 0;
    for (int i = 0; i < count; i++) {
      if (weights[i] >= least) {
        order[size++] = i;
      }
    }
    sort(order, size);
    BitSet kept = new BitSet(count);
    double above = 0;
    for (int i = 0; i < size && (i == 0 || above < config.topP() * sum); i++) {
      kept.set(order[i]);
      above += weights[order[i]];
    }
    int to = 0;
    for (int i = kept.nextSetBit(0); i >= 0; i = kept.nextSetBit(i + 1)) {
      keep(i, to++);
    }
    count = to;
  }

  /** By falling score; of equal ones the last token first, which is the order of torch.sort. */
  private void sort(int[] order, int size) {
    long[] keys = new long[size];
    for (int i = 0; i < size; i++) {
      int bits = Float.floatToIntBits(scores[tokens[order[i]]] + 0f);
      int ordered = bits ^ ((bits >> 31) & 0x7fffffff);
      keys[i] = (long) ordered << 32 | order[i];
    }
    Arrays.sort(keys);
    for (int i = 0; i < size; i++) {
      order[size - 1 - i] = (int) keys[i];
    }
  }

  private void keep(int from, int to) {
    tokens[to] = tokens[from];
    weights[to] = weights[from];
  }

  private double total() {
    double sum = 0;
    for (int i = 0; i < count; i++) {
      sum += weights[i];
    }
    return sum;
  }

  /** The candidate at a place of [0, 1) in the cumulative distribution, tokens in rising order. */
  int draw(double place) {
    double rest = place * total();
    for (int i = 0; i < count; i++) {
      rest -= weights[i];
      if (rest < 0) {
        return tokens[i];
      }
    }
    return tokens[count - 1];
  }

  /** The distribution that {@link #draw} draws from, 0 for tokens that were filtered. */
  double[] distribution() {
    double[] probabilities = new double[vocab];
    double sum = total();
    for (int i = 0; i < count; i++) {
      probabilities[tokens[i]] = weights[i] / sum;
    }
    return probabilities;
  }
}
