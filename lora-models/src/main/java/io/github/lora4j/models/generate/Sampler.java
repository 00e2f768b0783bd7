package io.github.lora4j.models.generate;

import java.util.BitSet;

/**
 * Chooses the tokens of one sequence. What it draws depends on the seed, the number of the sequence
 * and the draws before, and on nothing else in the batch.
 *
 * <p>Not thread-safe: each sequence has its own. It holds about 16 bytes per token of the
 * vocabulary.
 */
public final class Sampler {
  private final SamplingConfig config;
  private final int vocab;
  private final Candidates candidates;
  private final SplitMix random;

  /**
   * A sampler for one sequence.
   *
   * @param vocab tokens of the vocabulary, the length of a row of logits
   * @param sequence number of the sequence; sequences of one seed draw independently
   */
  public Sampler(SamplingConfig config, int vocab, long sequence) {
    if (vocab < 1) {
      throw new IllegalArgumentException("vocab is " + vocab + ", not positive");
    }
    this.config = config;
    this.vocab = vocab;
    this.candidates = new Candidates(config, vocab);
    this.random = new SplitMix(config.seed(), sequence);
  }

  /**
   * The next token.
   *
   * @param logits holds a row of as many logits as the vocabulary has tokens; minus infinity for
   *     one that cannot come
   * @param offset where the row begins
   * @param history ids of prompt and output so far, for the repetition penalty
   * @param length how many of them there are
   * @param allowed tokens that may come, or null for all
   * @throws IllegalArgumentException if a logit is NaN or infinite, or no allowed token can come
   */
  public int next(float[] logits, int offset, int[] history, int length, BitSet allowed) {
    if (offset < 0 || offset > logits.length - vocab) {
      throw new IllegalArgumentException(
          "a row of " + vocab + " logits at " + offset + " of " + logits.length);
    }
    candidates.read(logits, offset, history, length, allowed);
    if (!config.doSample()) {
      return candidates.best();
    }
    candidates.filter();
    return candidates.draw(random.nextDouble());
  }
}
