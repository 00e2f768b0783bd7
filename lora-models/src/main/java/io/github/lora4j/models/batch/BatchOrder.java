package io.github.lora4j.models.batch;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.function.IntUnaryOperator;

/**
 * The order in which a batch goes forward. Cut in the middle, and its halves again, it leaves parts
 * of about as many tokens each: threads that take one part each end together. The order says
 * nothing of how many threads there are, so the rows of a batch, and with them what dropout drops,
 * are the same for any number.
 */
public final class BatchOrder {
  private BatchOrder() {}

  /**
   * The same examples in that order.
   *
   * @param tokens of an example
   */
  public static int[] balanced(int[] examples, IntUnaryOperator tokens) {
    List<Integer> longestFirst =
        Arrays.stream(examples)
            .boxed()
            .sorted(Comparator.comparingInt((Integer i) -> -tokens.applyAsInt(i)))
            .toList();
    List<Integer> order = new ArrayList<>(examples.length);
    addInHalves(longestFirst, tokens, order);
    return order.stream().mapToInt(i -> i).toArray();
  }

  /** Each example goes to the half that has fewer tokens so far. */
  private static void addInHalves(
      List<Integer> longestFirst, IntUnaryOperator tokens, List<Integer> order) {
    if (longestFirst.size() < 2) {
      order.addAll(longestFirst);
      return;
    }
    List<Integer> first = new ArrayList<>();
    List<Integer> second = new ArrayList<>();
    long ahead = 0;
    for (int example : longestFirst) {
      (ahead > 0 ? second : first).add(example);
      ahead += ahead > 0 ? -tokens.applyAsInt(example) : tokens.applyAsInt(example);
    }
    addInHalves(first, tokens, order);
    addInHalves(second, tokens, order);
  }
}
