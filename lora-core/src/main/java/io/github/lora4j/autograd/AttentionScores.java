package io.github.lora4j.autograd;

import io.github.lora4j.compute.Compute;
import io.github.lora4j.compute.Kernels;
import java.util.Arrays;
import java.util.function.Consumer;

/** Probabilities of blocks of queries over the keys that they see, one head at a time. */
final class AttentionScores {
  /** Queries of a block: its probabilities stay in the cache. */
  private static final int QUERIES = 96;

  private final Compute compute;
  private final AttentionRules rules;
  private final int headSize;
  private final int queryCols;

  AttentionScores(Compute compute, AttentionRules rules, int headSize) {
    this.compute = compute;
    this.rules = rules;
    this.headSize = headSize;
    this.queryCols = rules.heads() * headSize;
  }

  /**
   * A block of queries of one head and the keys that any of them sees.
   *
   * @param position of the first query
   * @param count how many queries
   * @param first position of the first key
   * @param keys how many keys
   */
  record Block(int head, int position, int count, int first, int keys) {}

  /**
   * Goes through queries of one head, a block at a time.
   *
   * @param past position of the first query
   * @param count how many queries; there are keys up to the last of them
   */
  void forBlocks(int head, int past, int count, Consumer<Block> body) {
    for (int from = 0; from < count; from += QUERIES) {
      int position = past + from;
      int queries = Math.min(QUERIES, count - from);
      int first = rules.firstKey(position);
      int end = rules.causal() ? position + queries : past + count;
      body.accept(new Block(head, position, queries, first, end - first));
    }
  }

  /** The most probabilities of a block of {@code count} queries over {@code keys} positions. */
  static int size(int count, int keys) {
    return Math.min(QUERIES, count) * keys;
  }

  /**
   * The probabilities, {@code [block.count, block.keys]}.
   *
   * @param qo where the first query's head is in {@code q}
   * @param seen the keys from position 0 on
   * @param capped takes the scores before the softmax if there is a softcap and it is not null
   */
  void probabilities(Block block, float[] q, int qo, HeadRows seen, float[] p, float[] capped) {
    scores(block, q, qo, seen, p);
    int keys = block.keys;
    if (rules.softcap() > 0) {
      Softcap.apply(p, 0, block.count * keys, rules.softcap());
      if (capped != null) {
        System.arraycopy(p, 0, capped, 0, block.count * keys);
      }
    }
    if (rules.slopes() != null) {
      float slope = rules.slopes()[block.head];
      for (int i = 0; i < block.count; i++) {
        for (int j = 0; j < keys; j++) {
          p[i * keys + j] += slope * (block.first + j);
        }
      }
    }
    Kernels kernels = compute.kernels();
    if (!rules.causal()) {
      kernels.softmax(p, 0, block.count, keys, keys);
      return;
    }
    for (int i = 0; i < block.count; i++) {
      int row = i * keys;
      int from = rules.firstKey(block.position + i) - block.first;
      int to = block.position + i + 1 - block.first;
      Arrays.fill(p, row, row + from, 0f);
      kernels.softmax(p, row + from, 1, to - from, keys);
      Arrays.fill(p, row + to, row + keys, 0f);
    }
  }

  private void scores(Block block, float[] q, int qo, HeadRows seen, float[] p) {
    float[] k = seen.data();
    int ko = seen.at(block.first);
    if (block.count > 1) {
      compute
          .small()
          .nt(
              block.count,
              block.keys,
              headSize,
              rules.scale(),
              q,
              qo,
              queryCols,
              k,
              ko,
              seen.stride(),
              p,
              0,
              block.keys,
              false);
      return;
    }
    // Packing the keys would take longer than multiplying them.
    compute.kernels().dots(q, qo, k, ko, seen.stride(), block.keys, headSize, rules.scale(), p);
  }

  /**
   * The gradient of the scores of the plain product, in place of that of the probabilities.
   *
   * @param capped as {@link #probabilities} left it
   */
  void backward(Block block, float[] p, float[] dp, float[] capped) {
    int keys = block.keys;
    compute.kernels().softmaxBackward(p, 0, dp, 0, block.count, keys, keys, rules.scale());
    if (rules.softcap() > 0) {
      for (int i = 0; i < block.count * keys; i++) {
        float t = capped[i] / rules.softcap();
        dp[i] *= 1f - t * t;
      }
    }
  }
}
