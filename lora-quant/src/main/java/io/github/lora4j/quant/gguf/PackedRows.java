package io.github.lora4j.quant.gguf;

import java.nio.ByteBuffer;
import java.util.List;
import java.util.Objects;

/**
 * The bytes of a matrix, row after row, in one buffer or several: mapped parts of a file, or an
 * array. They may be taken in another order than they lie in. Immutable and thread-safe, as long as
 * nobody writes to the buffers.
 */
public final class PackedRows {
  private final ByteBuffer[] parts;
  private final int rowsPerPart;
  private final int rows;
  private final int rowBytes;

  /** Where row r lies, or null if they are in order. */
  private final int[] order;

  private PackedRows(ByteBuffer[] parts, int rowsPerPart, int rows, int rowBytes, int[] order) {
    this.parts = parts;
    this.rowsPerPart = rowsPerPart;
    this.rows = rows;
    this.rowBytes = rowBytes;
    this.order = order;
  }

  /**
   * Rows in buffers.
   *
   * @param parts each from its position to its limit, all but the last of one size, none divides a
   *     row; not copied
   * @param rows in all parts together
   * @param rowBytes bytes of a row
   * @throws IllegalArgumentException if the parts hold more or fewer bytes, or one divides a row
   */
  public static PackedRows of(List<ByteBuffer> parts, int rows, int rowBytes) {
    ByteBuffer[] buffers = parts.stream().map(ByteBuffer::slice).toArray(ByteBuffer[]::new);
    int first = buffers.length == 0 ? 0 : buffers[0].remaining();
    long total = 0;
    for (int i = 0; i < buffers.length; i++) {
      int bytes = buffers[i].remaining();
      boolean last = i == buffers.length - 1;
      if (bytes % rowBytes != 0 || (last ? bytes > first : bytes != first)) {
        throw new IllegalArgumentException(
            "part " + i + " of " + bytes + " bytes does not fit rows of " + rowBytes);
      }
      total += bytes;
    }
    if (total != (long) rows * rowBytes) {
      throw new IllegalArgumentException(
          rows + " rows of " + rowBytes + " bytes are not " + total + " bytes");
    }
    return new PackedRows(buffers, first / rowBytes, rows, rowBytes, null);
  }

  /**
   * The same bytes with their rows in another order.
   *
   * @param order at index r the row that becomes row r; each occurs once; not copied
   * @throws IllegalArgumentException if these are not all rows
   */
  public PackedRows inOrder(int[] order) {
    boolean[] seen = new boolean[rows];
    for (int row : order) {
      if (row < 0 || row >= rows || seen[row]) {
        throw new IllegalArgumentException("row " + row + " of " + rows + " is there twice or not");
      }
      seen[row] = true;
    }
    if (order.length != rows) {
      throw new IllegalArgumentException(order.length + " rows instead of " + rows);
    }
    int[] from = order;
    if (this.order != null) {
      from = new int[rows];
      for (int r = 0; r < rows; r++) {
        from[r] = this.order[order[r]];
      }
    }
    return new PackedRows(parts, rowsPerPart, rows, rowBytes, from);
  }

  /** How many rows. */
  public int rows() {
    return rows;
  }

  /** Bytes of a row. */
  public int rowBytes() {
    return rowBytes;
  }

  /** Bytes of all rows. */
  public long bytes() {
    return (long) rows * rowBytes;
  }

  /**
   * Copies the same bytes of consecutive rows, one after the other.
   *
   * @param row the first
   * @param count how many
   * @param from the first byte of each row
   * @param length bytes of each row
   * @param dst takes {@code count * length} bytes from {@code at} on
   * @throws IndexOutOfBoundsException if there are fewer rows or bytes, or {@code dst} is too short
   */
  public void copy(int row, int count, int from, int length, byte[] dst, int at) {
    Objects.checkFromIndexSize(row, count, rows);
    Objects.checkFromIndexSize(from, length, rowBytes);
    if (order == null
        && length == rowBytes
        && row / rowsPerPart == (row + count - 1) / rowsPerPart) {
      parts[row / rowsPerPart].get(row % rowsPerPart * rowBytes, dst, at, count * length);
      return;
    }
    for (int r = 0; r < count; r++) {
      int source = order == null ? row + r : order[row + r];
      parts[source / rowsPerPart].get(
          source % rowsPerPart * rowBytes + from, dst, at + r * length, length);
    }
  }
}
