package io.github.lora4j.models.generate;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class SamplerTest {
  private static final int[] NONE = {};

  @Test
  void drawsFollowTheDistribution() {
    float[] logits = {(float) Math.log(0.5), (float) Math.log(0.3), (float) Math.log(0.2), -99};
    Sampler sampler = new Sampler(sampling().topK(0).seed(7).build(), 4, 0);
    int[] counts = new int[4];
    int draws = 40_000;
    for (int i = 0; i < draws; i++) {
      counts[sampler.next(logits, 0, NONE, 0, null)]++;
    }
    double[] expected = {0.5, 0.3, 0.2, 0};
    for (int i = 0; i < 4; i++) {
      // Four standard deviations of a binomial count.
      double deviation = 4 * Math.sqrt(draws * expected[i] * (1 - expected[i]));
      assertEquals(draws * expected[i], counts[i], deviation, "token " + i);
    }
  }

  @Test
  void drawsDependOnSeedAndSequenceOnly() {
    float[] rows = new float[3 * 50];
    Random random = new Random(3);
    for (int i = 0; i < rows.length; i++) {
      rows[i] = random.nextFloat();
    }
    int[] alone = draws(rows, 50, 1, 5);
    assertArrayEquals(alone, draws(rows, 50, 1, 5));
    assertFalse(Arrays.equals(alone, draws(rows, 50, 2, 5)));
    assertFalse(Arrays.equals(alone, draws(rows, 50, 1, 6)));
    Sampler first = new Sampler(sampling().seed(5).build(), 50, 1);
    Sampler other = new Sampler(sampling().seed(5).build(), 50, 2);
    int[] interleaved = new int[20];
    for (int i = 0; i < 20; i++) {
      interleaved[i] = first.next(rows, 50, NONE, 0, null);
      other.next(rows, 100, NONE, 0, null);
    }
    assertArrayEquals(alone, interleaved);
  }

  private static int[] draws(float[] rows, int offset, long sequence, long seed) {
    Sampler sampler = new Sampler(sampling().seed(seed).build(), 50, sequence);
    int[] tokens = new int[20];
    for (int i = 0; i < 20; i++) {
      tokens[i] = sampler.next(rows, offset, NONE, 0, null);
    }
    return tokens;
  }

  @Test
  void allowedTokensOnly() {
    float[] logits = {5, 1, 4, 2};
    BitSet allowed = new BitSet();
    allowed.set(1);
    allowed.set(3);
    assertEquals(3, greedy(4).next(logits, 0, NONE, 0, allowed));
    Sampler sampler = new Sampler(sampling().topK(1).build(), 4, 0);
    assertEquals(3, sampler.next(logits, 0, NONE, 0, allowed));
    allowed.clear();
    assertThrows(IllegalArgumentException.class, () -> greedy(4).next(logits, 0, NONE, 0, allowed));
  }

  @Test
  void wrongLogitsAreNamed() {
    float[] logits = {1, Float.NaN, 2};
    IllegalArgumentException e =
        assertThrows(
            IllegalArgumentException.class, () -> greedy(3).next(logits, 0, NONE, 0, null));
    assertTrue(e.getMessage().contains("token 1 is NaN"), e.getMessage());
    float[] infinite = {1, Float.POSITIVE_INFINITY};
    assertThrows(IllegalArgumentException.class, () -> greedy(2).next(infinite, 0, NONE, 0, null));
    assertThrows(
        IllegalArgumentException.class, () -> greedy(2).next(new float[3], 2, NONE, 0, null));
  }

  @Test
  void extremeTemperatures() {
    float[] logits = {1000, 999, -1000};
    Sampler cold = new Sampler(sampling().temperature(1e-40).build(), 3, 0);
    for (int i = 0; i < 10; i++) {
      assertEquals(0, cold.next(logits, 0, NONE, 0, null));
    }
    Candidates hot = new Candidates(sampling().temperature(1e30).build(), 3);
    hot.read(logits, 0, NONE, 0, null);
    hot.filter();
    assertEquals(1 / 3.0, hot.distribution()[2], 1e-9);
  }

  @Test
  void logprobsAreThoseOfTheModel() {
    float[] logits = {9, 1, 2, 3, 3, 0.5f, 9};
    TokenLogprobs logprobs = TokenLogprobs.of(logits, 1, 5, 0, 3);
    double sum = 0;
    for (int i = 1; i <= 5; i++) {
      sum += Math.exp(logits[i]);
    }
    assertEquals(1 - Math.log(sum), logprobs.logprob(), 1e-12);
    assertEquals(
        List.of(2, 3, 1), logprobs.top().stream().map(TokenLogprobs.Entry::token).toList());
    assertEquals(3 - Math.log(sum), logprobs.top().get(0).logprob(), 1e-12);
    assertEquals(List.of(), TokenLogprobs.of(logits, 1, 5, 0, 0).top());
    assertEquals(5, TokenLogprobs.of(logits, 1, 5, 0, 99).top().size());
  }

  @Test
  void rangesOfTheConfiguration() {
    for (Runnable wrong :
        List.<Runnable>of(
            () -> sampling().temperature(0).build(),
            () -> sampling().temperature(Double.NaN).build(),
            () -> sampling().topK(-1).build(),
            () -> sampling().topP(1.1).build(),
            () -> sampling().minP(-0.1).build(),
            () -> sampling().repetitionPenalty(0).build(),
            () -> sampling().maxNewTokens(0).build(),
            () -> sampling().stopStrings(List.of("")).build(),
            () -> sampling().logprobs(-1).build())) {
      assertThrows(IllegalArgumentException.class, wrong::run);
    }
  }

  @Test
  void heapKeepsTheLargest() {
    Random random = new Random(11);
    for (int round = 0; round < 200; round++) {
      int n = 1 + random.nextInt(60);
      int k = 1 + random.nextInt(n);
      Integer[] order = new Integer[n];
      float[] values = new float[n];
      TopHeap heap = new TopHeap(k);
      for (int i = 0; i < n; i++) {
        values[i] = random.nextInt(20);
        order[i] = i;
        heap.offer(values[i], i);
      }
      Arrays.sort(
          order, (a, b) -> values[a] != values[b] ? Float.compare(values[b], values[a]) : a - b);
      for (int i = k - 1; i >= 0; i--) {
        assertEquals(order[i], heap.poll());
      }
    }
  }

  private static Sampler greedy(int vocab) {
    return new Sampler(SamplingConfig.greedy(), vocab, 0);
  }

  private static SamplingConfig.Builder sampling() {
    return SamplingConfig.builder().doSample(true);
  }
}
