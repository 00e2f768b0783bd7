package io.github.lora4j.models.batch;

import io.github.lora4j.tensor.Ragged;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;

/**
 * The order in which a batch goes forward. Cut in the middle, and its halves again, it leaves parts
 * of about as many tokens each: threads that take one part each end together. The order says
 * nothing of how many threads there are, so the rows of a batch, and with them what dropout drops,
 * are the same for any number.
 */
public final class BatchOrder {
  private BatchOrder() {}

  /** Where in a batch the sequences are that come first, second and so on. */
  public static int[] balanced(Ragged batch) {
    List<Integer> longestFirst =
        IntStream.range(0, batch.sequences())
            .boxed()
            .sorted(Comparator.comparingInt((Integer i) -> -batch.length(i)))
            .toList();
    List<Integer> order = new ArrayList<>(batch.sequences());
    addInHalves(longestFirst, batch, order);
    return order.stream().mapToInt(i -> i).toArray();
  }

  /** Each sequence goes to the half that has fewer tokens so far. */
  private static void addInHalves(List<Integer> longestFirst, Ragged batch, List<Integer> order) {
    if (longestFirst.size() < 2) {
      order.addAll(longestFirst);
      return;
    }
    List<Integer> first = new ArrayList<>();
    List<Integer> second = new ArrayList<>();
    long ahead = 0;
    for (int i : longestFirst) {
      (ahead > 0 ? second : first).add(i);
      ahead += ahead > 0 ? -batch.length(i) : batch.length(i);
    }
    addInHalves(first, batch, order);
    addInHalves(second, batch, order);
  }
}
