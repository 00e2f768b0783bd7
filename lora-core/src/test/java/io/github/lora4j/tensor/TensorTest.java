package io.github.lora4j.tensor;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;

class TensorTest {

  @Test
  void aTensorIsSeenAsAMatrix() {
    Tensor t = Tensor.of(new float[] {0, 1, 2, 3, 4, 5, 6, 7, 99}, 2, 2, 2);
    assertEquals(8, t.size());
    assertEquals(4, t.rows());
    assertEquals(2, t.cols());
    assertEquals(5, t.get(2, 1));
    assertEquals(8, t.toArray().length);
    assertNotSame(t.data(), t.copy().data());
    assertArrayEquals(t.toArray(), t.copy().data());
    assertTrue(t.sameShape(t.copy()));
    assertFalse(t.sameShape(Tensor.zeros(4, 2)));
    assertEquals(1, Tensor.zeros().size());
    assertEquals(0, Tensor.zeros(3, 0).rows());
  }

  @Test
  void rowsAndColumnsAreExchanged() {
    Tensor t = Tensor.of(new float[] {1, 2, 3, 4, 5, 6, 99}, 2, 3).transposed();
    assertArrayEquals(new int[] {3, 2}, t.shape());
    assertArrayEquals(new float[] {1, 4, 2, 5, 3, 6}, t.toArray());
  }

  @Test
  void whatDoesNotFitIsRefused() {
    Tensor t = Tensor.zeros(2, 3);
    assertThrows(IndexOutOfBoundsException.class, () -> t.get(2, 0));
    assertThrows(IndexOutOfBoundsException.class, () -> t.get(0, 3));
    assertThrows(IndexOutOfBoundsException.class, () -> t.get(0, -1));
    assertThrows(IllegalArgumentException.class, () -> Tensor.of(new float[5], 2, 3));
    assertThrows(IllegalArgumentException.class, () -> Tensor.zeros(2, -3));
    assertThrows(IllegalArgumentException.class, () -> Tensor.zeros(50_000, 50_000));
  }

  @Test
  void raggedRows() {
    Ragged batch = Ragged.of(List.of(new int[3], new int[0], new int[2]));
    assertArrayEquals(new int[] {0, 3, 3, 5}, batch.offsets());
    assertEquals(3, batch.sequences());
    assertEquals(5, batch.rows());
    assertEquals(3, batch.start(2));
    assertEquals(2, batch.length(2));
    assertEquals(0, batch.length(1));
    assertThrows(IllegalArgumentException.class, () -> new Ragged(new int[0]));
    assertThrows(IllegalArgumentException.class, () -> new Ragged(new int[] {1, 2}));
    assertThrows(IllegalArgumentException.class, () -> new Ragged(new int[] {0, 2, 1}));
  }
}
