package io.github.lora4j.models.memory;

import io.github.lora4j.train.EpochOrder;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;

/** The batches with the most tokens, out of all that a trainer will take. */
final class LargestBatches {
  /** Batches that are looked at: buffers are rounded up, so fewer tokens may take more. */
  private static final int CANDIDATES = 16;

  private LargestBatches() {}

  /**
   * Finds them.
   *
   * @param lengths tokens of each example
   * @param batchSize examples that go forward together
   * @param epochs passes over them
   * @param seed of their order
   * @return the numbers of the examples of each batch
   */
  static List<int[]> of(int[] lengths, int batchSize, int epochs, long seed) {
    PriorityQueue<int[]> largest =
        new PriorityQueue<>(
            Comparator.comparingInt(batch -> Arrays.stream(batch).map(i -> lengths[i]).sum()));
    for (int epoch = 1; epoch <= epochs; epoch++) {
      int[] order = EpochOrder.of(seed, epoch, lengths.length);
      for (int from = 0; from < order.length; from += batchSize) {
        int to = (int) Math.min(order.length, (long) from + batchSize);
        largest.add(Arrays.copyOfRange(order, from, to));
        if (largest.size() > CANDIDATES) {
          largest.remove();
        }
      }
    }
    return List.copyOf(largest);
  }
}
