package io.github.lora4j.autograd;

import io.github.lora4j.compute.Compute;
import io.github.lora4j.tensor.Ragged;
import io.github.lora4j.tensor.Tensor;
import java.util.List;

/**
 * Attention of new tokens over keys and values that are kept from call to call, for generation:
 * nothing is recorded. Sequences may be of any length and bring any number of new tokens.
 */
public final class CachedAttention {
  /** Products below this are not worth waking another thread. */
  private static final int SMALL = 1 << 15;

  private final Compute compute;
  private final AttentionRules rules;
  private final AttentionScores scores;
  private final float[] q;
  private final Ragged batch;
  private final List<Keys> keys;
  private final int headSize;
  private final int queryCols;

  /**
   * Keys and values of one sequence, those of its new tokens included, each head by itself: what a
   * query reads lies together.
   *
   * @param keys of each head {@code [length, headSize]}, or longer
   * @param values of each head {@code [length, headSize]}, or longer
   * @param length positions in use
   */
  public record Keys(float[][] keys, float[][] values, int length) {}

  private CachedAttention(
      Compute compute, AttentionRules rules, Tensor q, Ragged batch, List<Keys> keys) {
    this.compute = compute;
    this.rules = rules;
    this.q = q.data();
    this.batch = batch;
    this.keys = keys;
    this.headSize = q.cols() / rules.heads();
    this.queryCols = q.cols();
    this.scores = new AttentionScores(compute, rules, headSize);
  }

  /**
   * @param q queries of the new tokens, the last ones of each sequence, {@code [batch.rows(), heads
   *     * headSize]}
   * @param keys for each sequence of the batch
   * @return {@code [batch.rows(), heads * headSize]}
   */
  public static Var apply(Tape tape, Var q, Ragged batch, List<Keys> keys, AttentionRules rules) {
    Tensor y = tape.matrix(batch.rows(), q.value().cols());
    if (!rules.causal()) {
      throw new IllegalArgumentException("only causal attention can be continued");
    }
    new CachedAttention(tape.compute(), rules, q.value(), batch, keys).run(y.data());
    return Var.constant(y);
  }

  private void run(float[] y) {
    int heads = rules.heads();
    int tasks = batch.sequences() * heads;
    long work = 0;
    for (int s = 0; s < batch.sequences(); s++) {
      work += (long) batch.length(s) * keys.get(s).length * queryCols;
    }
    if (work < SMALL) {
      for (int task = 0; task < tasks; task++) {
        head(task / heads, task % heads, y);
      }
    } else {
      compute.pool().forEach(tasks, task -> head(task / heads, task % heads, y));
    }
  }

  private void head(int sequence, int head, float[] y) {
    Keys all = keys.get(sequence);
    int fresh = batch.length(sequence);
    int past = all.length - fresh;
    int shared = head / (rules.heads() / rules.kvHeads());
    HeadRows k = new HeadRows(all.keys[shared], 0, headSize);
    float[] v = all.values[shared];
    float[] p = compute.buffers().borrow(AttentionScores.size(fresh, all.length));
    scores.forBlocks(
        head,
        past,
        fresh,
        block -> {
          int row = (batch.start(sequence) + block.position() - past) * queryCols + head * headSize;
          int kv = block.first() * headSize;
          scores.probabilities(block, q, row, k, p, null);
          weigh(block, p, v, kv, y, row);
        });
    compute.buffers().release(p);
  }

  private void weigh(AttentionScores.Block block, float[] p, float[] v, int kv, float[] y, int at) {
    int width = block.keys();
    if (block.count() == 1) {
      compute.kernels().weigh(p, v, kv, headSize, width, headSize, y, at);
      return;
    }
    int n = block.count();
    int size = headSize;
    compute.small().nn(n, size, width, 1f, p, 0, width, v, kv, size, y, at, queryCols, false);
  }
}
