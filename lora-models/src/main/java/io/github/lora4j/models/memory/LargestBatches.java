package io.github.lora4j.models.memory;

import io.github.lora4j.train.EpochOrder;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;
import java.util.function.ToIntFunction;

/** The batches with the most tokens, out of all that a trainer will take. */
final class LargestBatches {
  /** Batches that are looked at: buffers are rounded up, so fewer tokens may take more. */
  private static final int CANDIDATES = 16;

  private LargestBatches() {}

  private record Sized(int[] examples, int rows) {}

  /**
   * Finds them.
   *
   * @param examples how many there are
   * @param rows of a batch of some of them
   * @param batchSize examples that go forward together
   * @param epochs passes over them
   * @param seed of their order
   * @return the numbers of the examples of each batch
   */
  static List<int[]> of(
      int examples, ToIntFunction<int[]> rows, int batchSize, int epochs, long seed) {
    PriorityQueue<Sized> largest = new PriorityQueue<>(Comparator.comparingInt(Sized::rows));
    for (int epoch = 1; epoch <= epochs; epoch++) {
      int[] order = EpochOrder.of(seed, epoch, examples);
      for (int from = 0; from < order.length; from += batchSize) {
        int to = (int) Math.min(order.length, (long) from + batchSize);
        int[] batch = Arrays.copyOfRange(order, from, to);
        largest.add(new Sized(batch, rows.applyAsInt(batch)));
        if (largest.size() > CANDIDATES) {
          largest.remove();
        }
      }
    }
    return largest.stream().map(Sized::examples).toList();
  }
}
