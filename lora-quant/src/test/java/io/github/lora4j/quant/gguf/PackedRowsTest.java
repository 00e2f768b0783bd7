package io.github.lora4j.quant.gguf;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.lora4j.compute.Compute;
import io.github.lora4j.compute.Kernels;
import io.github.lora4j.tensor.FewRows;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class PackedRowsTest {
  private static final Kernels KERNELS = Compute.withThreads(1).kernels();
  private static final int ROWS = 11;

  /** Direct buffers of four rows, each behind some bytes that do not belong to it. */
  private static List<ByteBuffer> parts(byte[] data, int rowBytes) {
    List<ByteBuffer> parts = new ArrayList<>();
    for (int row = 0; row < ROWS; row += 4) {
      int length = Math.min(4, ROWS - row) * rowBytes;
      ByteBuffer part = ByteBuffer.allocateDirect(length + 3);
      part.position(3).put(data, row * rowBytes, length).position(3);
      parts.add(part.asReadOnlyBuffer());
    }
    return parts;
  }

  /** Wherever the rows lie and in whatever order, they decode to the same. */
  @ParameterizedTest
  @EnumSource
  void rowsInPartsAndInAnotherOrder(GgufType type) {
    int in = type.blockSize() == 1 ? 70 : 2 * type.blockSize();
    byte[] data = new byte[(int) type.bytes(ROWS, in)];
    Random random = new Random(5);
    for (int i = 0; i < data.length; i++) {
      data[i] = (byte) random.nextInt(64);
    }
    GgufMatrix plain = new GgufMatrix(KERNELS, type, ROWS, in, data);
    int[] order = {3, 0, 9, 10, 1, 2, 8, 7, 4, 6, 5};
    PackedRows rows = PackedRows.of(parts(data, data.length / ROWS), ROWS, data.length / ROWS);
    GgufMatrix moved = new GgufMatrix(KERNELS, type, ROWS, in, rows.inOrder(order));
    GgufMatrix back = new GgufMatrix(KERNELS, type, ROWS, in, moved.rows().inOrder(inverse(order)));
    float[] expected = new float[ROWS * in];
    plain.decodeRows(0, ROWS, 0, in, expected, 0, in);
    float[] values = new float[ROWS * in];
    back.decodeRows(0, ROWS, 0, in, values, 0, in);
    assertArrayEquals(expected, values, 0f);
    moved.decodeRows(0, ROWS, 0, in, values, 0, in);
    float[] panel = new float[ROWS * in];
    moved.decodePanel(0, ROWS, 0, in, panel, 0, ROWS);
    float[] x = new float[in];
    x[1] = 1f;
    float[] y = new float[ROWS];
    moved.times(new FewRows(x, 1, in, y, ROWS)).compute(0, 2);
    float[] row = new float[in];
    for (int r = 0; r < ROWS; r++) {
      moved.decodeRow(r, row, 0);
      for (int c = 0; c < in; c++) {
        float value = expected[order[r] * in + c];
        assertTrue(value == values[r * in + c] && value == row[c] && value == panel[c * ROWS + r]);
      }
      assertTrue(y[r] == expected[order[r] * in + 1]);
    }
    byte[] copy = new byte[data.length];
    rows.copy(0, ROWS, 0, rows.rowBytes(), copy, 0);
    assertArrayEquals(data, copy);
  }

  private static int[] inverse(int[] order) {
    int[] inverse = new int[order.length];
    for (int i = 0; i < order.length; i++) {
      inverse[order[i]] = i;
    }
    return inverse;
  }

  @Test
  void partsThatDoNotFit() {
    ByteBuffer four = ByteBuffer.allocate(4);
    ByteBuffer eight = ByteBuffer.allocate(8);
    ByteBuffer five = ByteBuffer.allocate(5);
    requireRefused("part 0 of 5 bytes", () -> PackedRows.of(List.of(five, four), 2, 4));
    requireRefused("part 1 of 8 bytes", () -> PackedRows.of(List.of(four, eight), 3, 4));
    requireRefused("part 1 of 4 bytes", () -> PackedRows.of(List.of(eight, four, eight), 5, 4));
    requireRefused("not 12 bytes", () -> PackedRows.of(List.of(eight, four), 4, 4));
    requireRefused("not 0 bytes", () -> PackedRows.of(List.of(), 1, 4));
    PackedRows rows = PackedRows.of(List.of(eight, four), 3, 4);
    requireRefused("row 1", () -> rows.inOrder(new int[] {1, 1, 0}));
    requireRefused("row 3", () -> rows.inOrder(new int[] {0, 1, 3}));
    requireRefused("row -1", () -> rows.inOrder(new int[] {-1, 1, 2}));
    requireRefused("2 rows instead of 3", () -> rows.inOrder(new int[] {0, 1}));
    byte[] dst = new byte[12];
    assertThrows(IndexOutOfBoundsException.class, () -> rows.copy(2, 2, 0, 4, dst, 0));
    assertThrows(IndexOutOfBoundsException.class, () -> rows.copy(0, 1, 1, 4, dst, 0));
    assertThrows(IndexOutOfBoundsException.class, () -> rows.copy(0, 3, 0, 4, dst, 1));
  }

  private static void requireRefused(
      String expected, org.junit.jupiter.api.function.Executable executable) {
    IllegalArgumentException e = assertThrows(IllegalArgumentException.class, executable);
    assertTrue(e.getMessage().contains(expected), e.getMessage());
  }
}
