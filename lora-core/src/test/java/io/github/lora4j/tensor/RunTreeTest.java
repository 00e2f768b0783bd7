package io.github.lora4j.tensor;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

/** Runs that continue others. */
class RunTreeTest {
  private static final Ragged ROWS = Ragged.of(new int[] {4, 1, 3, 2, 5});

  @Test
  void whatComesBefore() {
    RunTree tree = new RunTree(ROWS, new int[] {-1, 0, -1, 1, 2});
    assertEquals(5, tree.runs());
    assertEquals(0, tree.past(0));
    assertEquals(4, tree.past(1));
    assertEquals(0, tree.past(2));
    assertEquals(5, tree.past(3));
    assertEquals(3, tree.past(4));
    assertTrue(tree.shares());
    assertTrue(tree.isRoot(2));
    assertFalse(tree.isRoot(3));
    assertArrayEquals(new int[][] {{0, 1, 3}, {2, 4}}, tree.trees());
  }

  @Test
  void sequencesBySelf() {
    RunTree tree = RunTree.of(ROWS);
    assertFalse(tree.shares());
    assertArrayEquals(new int[][] {{0}, {1}, {2}, {3}, {4}}, tree.trees());
    assertEquals(0, RunTree.of(Ragged.of(new int[0])).trees().length);
  }

  @Test
  void aRunContinuesOneBeforeIt() {
    assertThrows(IllegalArgumentException.class, () -> new RunTree(ROWS, new int[4]));
    int[] itself = {-1, -1, 2, -1, -1};
    assertThrows(IllegalArgumentException.class, () -> new RunTree(ROWS, itself));
    int[] nothing = {-2, -1, -1, -1, -1};
    assertThrows(IllegalArgumentException.class, () -> new RunTree(ROWS, nothing));
  }
}
