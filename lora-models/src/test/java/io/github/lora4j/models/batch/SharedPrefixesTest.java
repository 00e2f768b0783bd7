package io.github.lora4j.models.batch;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.lora4j.tensor.RunTree;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** What sequences begin with comes once. */
class SharedPrefixesTest {

  /** The tokens of a sequence, by way of what its last run continues. */
  private static int[] read(SharedPrefixes prefixes, int sequence) {
    IntStream ids = IntStream.empty();
    RunTree runs = prefixes.runs();
    for (int run = prefixes.leaves()[sequence]; run >= 0; run = runs.parents()[run]) {
      int start = runs.rows().start(run);
      int[] own = Arrays.copyOfRange(prefixes.ids(), start, start + runs.rows().length(run));
      ids = IntStream.concat(Arrays.stream(own), ids);
    }
    return ids.toArray();
  }

  @Test
  void anInstructionBeforeAllTexts() {
    List<int[]> texts =
        List.of(
            new int[] {1, 2, 3, 4, 5, 70, 71},
            new int[] {1, 2, 3, 4, 5, 80},
            new int[] {1, 2, 3, 4, 5, 70, 90, 91});
    SharedPrefixes prefixes = SharedPrefixes.of(texts, new int[] {6, 5, 7});
    assertArrayEquals(new int[] {1, 2, 3, 4, 5, 80, 70, 71, 70, 90, 91}, prefixes.ids());
    assertArrayEquals(new int[] {-1, 0, 0, 0}, prefixes.runs().parents());
    assertArrayEquals(new int[] {2, 1, 3}, prefixes.leaves());
    assertEquals(6, prefixes.row(0, 5));
    assertEquals(5, prefixes.row(1, 5));
    assertEquals(10, prefixes.row(2, 7));
    assertThrows(IllegalArgumentException.class, () -> prefixes.row(2, 4));
    assertThrows(IllegalArgumentException.class, () -> prefixes.row(2, 8));
    assertEquals(2 + 1 + 3, prefixes.own().rows());
  }

  @Test
  void twoTasksWithTheSameSystemPrompt() {
    List<int[]> texts = new ArrayList<>();
    for (int i = 0; i < 6; i++) {
      int task = 10 * (1 + i % 2);
      texts.add(new int[] {1, 2, 3, 4, task, task + 1, task + 2, task + 3, 50 + i, 60 + i});
    }
    SharedPrefixes prefixes = SharedPrefixes.of(texts, new int[] {8, 8, 8, 8, 8, 8});
    assertEquals(4 + 2 * 4 + 6 * 2, prefixes.ids().length);
    for (int i = 0; i < 6; i++) {
      assertArrayEquals(texts.get(i), read(prefixes, i));
    }
  }

  @Test
  void whatMayNotBeSharedIsNot() {
    int[] text = {1, 2, 3, 4, 5, 6, 7, 8};
    List<int[]> texts = List.of(text, text, text);
    assertFalse(SharedPrefixes.none(texts).runs().shares());
    SharedPrefixes some = SharedPrefixes.of(texts, new int[] {6, 0, 7});
    assertEquals(8 + 6 + 2 + 2, some.ids().length);
    assertEquals(2, some.runs().trees().length);
  }

  @Test
  void anySequences() {
    SplittableRandom random = new SplittableRandom(5);
    for (int round = 0; round < 500; round++) {
      int count = random.nextInt(12);
      List<int[]> texts = new ArrayList<>();
      int[] most = new int[count];
      for (int i = 0; i < count; i++) {
        // Few different tokens: many begin alike.
        texts.add(random.ints(1 + random.nextInt(14), 0, 2).toArray());
        most[i] = random.nextInt(texts.get(i).length);
      }
      SharedPrefixes prefixes = SharedPrefixes.of(texts, most);
      int longest = texts.stream().mapToInt(text -> text.length).sum();
      assertTrue(prefixes.ids().length <= longest);
      for (int i = 0; i < count; i++) {
        assertArrayEquals(texts.get(i), read(prefixes, i));
        int past = prefixes.runs().past(prefixes.leaves()[i]);
        assertTrue(past <= most[i], past + " tokens shared of at most " + most[i]);
        for (int p = past; p < texts.get(i).length; p++) {
          assertEquals(texts.get(i)[p], prefixes.ids()[prefixes.row(i, p)]);
        }
      }
      assertEquals(count, Arrays.stream(prefixes.leaves()).distinct().count());
    }
  }
}
