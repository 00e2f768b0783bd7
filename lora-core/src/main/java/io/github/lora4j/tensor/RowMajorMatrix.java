package io.github.lora4j.tensor;

import java.util.Arrays;

/** Float32 weights as they lie in a {@link Tensor}, row after row; the tensor must not change. */
public record RowMajorMatrix(Tensor tensor) implements FrozenMatrix {
  @Override
  public int out() {
    return tensor.rows();
  }

  @Override
  public int in() {
    return tensor.cols();
  }

  @Override
  public long bytes() {
    return (long) Float.BYTES * tensor.size();
  }

  @Override
  public void decodePanel(int row, int rows, int col, int cols, float[] dst, int at, int width) {
    Panels.pack(tensor.data(), row * in() + col, in(), 1, rows, cols, dst, at, width);
  }

  @Override
  public void decodeRows(int row, int rows, int col, int cols, float[] dst, int at, int width) {
    for (int r = 0, to = at; r < rows; r++, to += width) {
      System.arraycopy(tensor.data(), (row + r) * in() + col, dst, to, cols);
      Arrays.fill(dst, to + cols, to + width, 0f);
    }
  }

  @Override
  public void decodeRow(int row, float[] dst, int offset) {
    System.arraycopy(tensor.data(), row * in(), dst, offset, in());
  }
}
