package io.github.lora4j.models.batch;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.lora4j.tensor.Ragged;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Batches in an order that divides evenly, and where they are cut. */
class BatchOrderTest {

  private static Ragged sequences(int[] order, int[] lengths) {
    return Ragged.of(Arrays.stream(order).map(i -> lengths[i]).toArray());
  }

  private static int tokens(Ragged sequences, BatchPart part) {
    return IntStream.range(part.from(), part.to()).map(sequences::length).sum();
  }

  @Test
  void longAndShortTextsGoToBothHalves() {
    int[] lengths = {9, 1, 1, 1, 8, 2, 1, 1};
    int[] order = BatchOrder.balanced(Ragged.of(lengths));
    Ragged sequences = sequences(order, lengths);
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
    int[] order = BatchOrder.balanced(Ragged.of(lengths));
    int[] sorted = order.clone();
    Arrays.sort(sorted);
    for (int i = 0; i < sorted.length; i++) {
      assertEquals(i, sorted[i], "an example is lost or twice in " + Arrays.toString(order));
    }
    Ragged sequences = sequences(order, lengths);
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
    assertArrayEquals(
        new int[] {0, 2, 1, 3}, BatchOrder.balanced(Ragged.of(new int[] {7, 7, 7, 7})));
  }
}
