package io.github.lora4j.train;

import java.util.Random;

/** In which order a {@link Trainer} takes the examples: a function of seed and epoch. */
public final class EpochOrder {
  private EpochOrder() {}

  /**
   * A permutation of the examples.
   *
   * @param epoch from 1
   */
  public static int[] of(long seed, int epoch, int examples) {
    int[] order = new int[examples];
    for (int i = 0; i < order.length; i++) {
      order[i] = i;
    }
    Random random = new Random(seed * 1_000_003 + epoch);
    for (int i = order.length - 1; i > 0; i--) {
      int j = random.nextInt(i + 1);
      int swapped = order[i];
      order[i] = order[j];
      order[j] = swapped;
    }
    return order;
  }
}
