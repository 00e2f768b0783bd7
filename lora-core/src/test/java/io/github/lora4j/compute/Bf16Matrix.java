package io.github.lora4j.compute;

import io.github.lora4j.tensor.FrozenMatrix;
import java.util.Arrays;

/** A weight format that no product knows: bfloat16, cut off, so that the decoding path is used. */
final class Bf16Matrix implements FrozenMatrix {
  private final int out;
  private final int in;
  private final short[] values;

  Bf16Matrix(float[] w, int out, int in) {
    this.out = out;
    this.in = in;
    this.values = new short[out * in];
    for (int i = 0; i < values.length; i++) {
      values[i] = (short) (Float.floatToRawIntBits(w[i]) >>> 16);
    }
  }

  private float at(int row, int col) {
    return Float.intBitsToFloat(values[row * in + col] << 16);
  }

  /** The values that it stands for, row-major. */
  float[] decoded() {
    float[] w = new float[out * in];
    for (int row = 0; row < out; row++) {
      decodeRow(row, w, row * in);
    }
    return w;
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
    return 2L * values.length;
  }

  @Override
  public void decodePanel(int row, int rows, int col, int cols, float[] dst, int at, int width) {
    Arrays.fill(dst, at, at + cols * width, 0f);
    for (int r = 0; r < rows; r++) {
      for (int c = 0; c < cols; c++) {
        dst[at + c * width + r] = at(row + r, col + c);
      }
    }
  }

  @Override
  public void decodeRows(int row, int rows, int col, int cols, float[] dst, int at, int width) {
    Arrays.fill(dst, at, at + rows * width, 0f);
    for (int r = 0; r < rows; r++) {
      for (int c = 0; c < cols; c++) {
        dst[at + r * width + c] = at(row + r, col + c);
      }
    }
  }

  @Override
  public void decodeRow(int row, float[] dst, int offset) {
    for (int c = 0; c < in; c++) {
      dst[offset + c] = at(row, c);
    }
  }
}
