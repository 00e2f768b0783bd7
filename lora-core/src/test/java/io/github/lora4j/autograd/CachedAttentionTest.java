package io.github.lora4j.autograd;

import io.github.lora4j.Approx;
import io.github.lora4j.compute.Compute;
import io.github.lora4j.compute.KernelSet;
import io.github.lora4j.compute.KernelSets;
import io.github.lora4j.tensor.Ragged;
import io.github.lora4j.tensor.Tensor;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Tokens that come one after the other, or some at a time, see what they see all at once. */
class CachedAttentionTest {
  private static final int HEADS = 4;
  private static final int KV_HEADS = 2;
  private static final int D = 5;
  private static final int TOKENS = 110;

  private final Random64 random = Random64.of("cached attention");
  private final Tensor q = random.matrix(TOKENS, HEADS * D, 1);
  private final Tensor k = random.matrix(TOKENS, KV_HEADS * D, 1);
  private final Tensor v = random.matrix(TOKENS, KV_HEADS * D, 1);

  @Test
  void inPartsAsAtOnce() {
    float[] slopes = {0.5f, 0.25f, 0.125f, 0.1f};
    for (AttentionRules rules :
        List.of(
            AttentionRules.plain(HEADS, KV_HEADS, D, true),
            new AttentionRules(HEADS, KV_HEADS, 0.4f, true, 7, 0, null),
            new AttentionRules(HEADS, KV_HEADS, 0.4f, true, 0, 2f, slopes))) {
      for (KernelSet set : KernelSets.list()) {
        try (Compute compute = new Compute(set, 2)) {
          check(compute, rules);
        }
      }
    }
  }

  private void check(Compute compute, AttentionRules rules) {
    double[] whole;
    Ragged batch = new Ragged(new int[] {0, TOKENS});
    try (Tape tape = Tape.inference(compute)) {
      Var y =
          Attention.apply(tape, Var.constant(q), Var.constant(k), Var.constant(v), batch, rules);
      whole = Approx.widen(y.value());
    }
    int[] steps = {1, 1, 3, 100, 1, 4};
    int done = 0;
    for (int count : steps) {
      double[] expected = Arrays.copyOfRange(whole, done * HEADS * D, (done + count) * HEADS * D);
      try (Tape tape = Tape.inference(compute)) {
        // Two sequences side by side: the same one, and one that begins with these tokens.
        float[] queries = new float[2 * count * HEADS * D];
        for (int copy = 0; copy < 2; copy++) {
          System.arraycopy(
              q.data(), done * HEADS * D, queries, copy * count * HEADS * D, count * HEADS * D);
        }
        List<CachedAttention.Keys> keys =
            List.of(
                new CachedAttention.Keys(heads(k), heads(v), done + count),
                new CachedAttention.Keys(heads(k), heads(v), count));
        Var y =
            CachedAttention.apply(
                tape,
                Var.constant(Tensor.of(queries, 2 * count, HEADS * D)),
                new Ragged(new int[] {0, count, 2 * count}),
                keys,
                rules);
        double[] actual = Arrays.copyOf(Approx.widen(y.value()), expected.length);
        Approx.requireClose(rules + " at " + done, expected, actual, 1e-4, 1e-2);
      }
      done += count;
    }
  }

  /** The columns of each head by themselves. */
  private static float[][] heads(Tensor x) {
    float[][] heads = new float[KV_HEADS][TOKENS * D];
    for (int h = 0; h < KV_HEADS; h++) {
      for (int t = 0; t < TOKENS; t++) {
        System.arraycopy(x.data(), (t * KV_HEADS + h) * D, heads[h], t * D, D);
      }
    }
    return heads;
  }
}
