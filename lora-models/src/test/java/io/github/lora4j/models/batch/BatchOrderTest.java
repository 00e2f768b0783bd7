package io.github.lora4j.models.batch;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Batches in an order that divides evenly, and where they are cut. */
class BatchOrderTest {

  private static List<int[]> sequences(int[] order, int[] lengths) {
    return Arrays.stream(order).mapToObj(i -> new int[lengths[i]]).toList();
  }

  private static int tokens(List<int[]> sequences, BatchPart part) {
    return sequences.subList(part.from(), part.to()).stream().mapToInt(s -> s.length).sum();
  }

  @Test
  void longAndShortTextsGoToBothHalves() {
    int[] lengths = {9, 1, 1, 1, 8, 2, 1, 1};
    int[] order = BatchOrder.balanced(new int[] {0, 1, 2, 3, 4, 5, 6, 7}, i -> lengths[i]);
    List<int[]> sequences = sequences(order, lengths);
    List<BatchPart> parts = BatchPart.even(sequences, 2);
    assertEquals(2, parts.size());
    assertEquals(12, tokens(sequences, parts.get(0)));
    assertEquals(12, tokens(sequences, parts.get(1)));
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 4, 8})
  void threadsHaveAboutTheSameToDo(int threads) {
    SplittableRandom random = new SplittableRandom(threads);
    for (int size = 1; size <= 40; size++) {
      int[] lengths = random.ints(size, 1, 200).toArray();
      check(lengths, threads);
    }
  }

  private static void check(int[] lengths, int threads) {
    int[] examples = new int[lengths.length];
    Arrays.setAll(examples, i -> lengths.length - 1 - i);
    int[] order = BatchOrder.balanced(examples, i -> lengths[i]);
    int[] sorted = order.clone();
    Arrays.sort(sorted);
    for (int i = 0; i < sorted.length; i++) {
      assertEquals(i, sorted[i], "an example is lost or twice in " + Arrays.toString(order));
    }
    List<int[]> sequences = sequences(order, lengths);
    List<BatchPart> parts = BatchPart.even(sequences, threads);
    assertTrue(parts.size() <= threads);
    int end = 0;
    int longest = Arrays.stream(lengths).max().orElseThrow();
    double share = (double) Arrays.stream(lengths).sum() / threads;
    for (BatchPart part : parts) {
      assertEquals(end, part.from());
      assertTrue(part.to() > part.from(), "a part is empty");
      end = part.to();
      assertTrue(
          tokens(sequences, part) <= share + longest,
          () -> part + " of " + Arrays.toString(order) + " is far above its share");
    }
    assertEquals(order.length, end);
  }

  @Test
  void equallyLongTextsAlternate() {
    assertArrayEquals(new int[] {5, 3, 4, 2}, BatchOrder.balanced(new int[] {5, 4, 3, 2}, i -> 7));
  }
}
