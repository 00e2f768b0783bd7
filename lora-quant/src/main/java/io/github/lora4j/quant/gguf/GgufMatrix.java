package io.github.lora4j.quant.gguf;

import io.github.lora4j.tensor.FrozenMatrix;
import io.github.lora4j.tensor.Panels;
import java.util.Arrays;

/**
 * A frozen weight in a block type of GGUF, kept as the file holds it and decoded to float32 a part
 * at a time.
 */
public final class GgufMatrix implements FrozenMatrix {
  /** Columns decoded at a time: a few rows of them stay in the first-level cache. */
  private static final int STEP = 256;

  private final GgufType type;
  private final int out;
  private final int in;
  private final int rowBytes;
  private final byte[] data;

  /**
   * @param data {@code out} rows one after the other, each a whole number of blocks; not copied
   * @throws IllegalArgumentException if rows are not whole blocks, or the length does not fit the
   *     shape
   */
  public GgufMatrix(GgufType type, int out, int in, byte[] data) {
    long bytes = type.bytes(out, in);
    if (data.length != bytes) {
      throw new IllegalArgumentException(
          "a ["
              + out
              + ", "
              + in
              + "] matrix of type "
              + type
              + " takes "
              + bytes
              + " bytes, got "
              + data.length);
    }
    this.type = type;
    this.out = out;
    this.in = in;
    this.rowBytes = in / type.blockSize() * type.blockBytes();
    this.data = data;
  }

  /** The type of all blocks. */
  public GgufType type() {
    return type;
  }

  /** The blocks, row after row; must not be written to. */
  public byte[] data() {
    return data;
  }

  @Override
  public int out() {
    return out;
  }

  @Override
  public int in() {
    return in;
  }

  @Override
  public long bytes() {
    return data.length;
  }

  @Override
  public void decodePanel(int row, int rows, int col, int cols, float[] dst, int width) {
    int end = col + cols;
    int from = down(col);
    float[] lines = new float[rows * Math.min(STEP, up(end) - from)];
    for (; from < end; from += STEP) {
      int length = Math.min(STEP, up(end) - from);
      for (int r = 0; r < rows; r++) {
        decode(row + r, from, length, lines, r * length);
      }
      int first = Math.max(col, from);
      int count = Math.min(end, from + length) - first;
      int to = (first - col) * width;
      Panels.pack(lines, first - from, length, 1, rows, count, dst, to, width);
    }
  }

  @Override
  public void decodeRows(int row, int rows, int col, int cols, float[] dst, int width) {
    int from = down(col);
    int length = up(col + cols) - from;
    float[] line = length == cols ? null : new float[length];
    for (int r = 0; r < rows; r++) {
      int at = r * width;
      if (line == null) {
        decode(row + r, from, length, dst, at);
      } else {
        decode(row + r, from, length, line, 0);
        System.arraycopy(line, col - from, dst, at, cols);
      }
      Arrays.fill(dst, at + cols, at + width, 0f);
    }
  }

  @Override
  public void decodeRow(int row, float[] dst, int offset) {
    decode(row, 0, in, dst, offset);
  }

  private void decode(int row, int first, int count, float[] dst, int at) {
    type.codec().decode(data, row * rowBytes, first, count, dst, at);
  }

  private int down(int col) {
    return col - col % type.unit();
  }

  private int up(int col) {
    return down(col + type.unit() - 1);
  }
}
