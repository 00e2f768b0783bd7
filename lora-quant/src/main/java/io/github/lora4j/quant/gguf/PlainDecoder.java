package io.github.lora4j.quant.gguf;

import io.github.lora4j.compute.Kernels;

/** A decoder whose panels are rows that are packed. */
abstract class PlainDecoder implements BlockCodec.Decoder {
  /** Values of a row decoded at a time: a few rows of them stay in the first-level cache. */
  static final int STEP = 256;

  final Kernels kernels;

  PlainDecoder(Kernels kernels) {
    this.kernels = kernels;
  }

  @Override
  public void multiply(
      int rowBytes, int rows, int count, float[] x, float[] sums, float[] y, int to) {
    for (int r = 0; r < rows; r++) {
      y[to + r] = dot(r * rowBytes, count, x);
    }
  }

  private float dot(int row, int count, float[] x) {
    float[] line = new float[Math.min(STEP, count)];
    float sum = 0f;
    for (int i = 0; i < count; i += STEP) {
      int length = Math.min(STEP, count - i);
      row(row, i, length, line, 0);
      sum += kernels.dot(line, 0, x, i, length);
    }
    return sum;
  }

  @Override
  public final void panel(
      int row, int rowBytes, int rows, int first, int count, float[] dst, int width) {
    float[] lines = new float[rows * Math.min(STEP, count)];
    for (int i = 0; i < count; i += STEP) {
      int length = Math.min(STEP, count - i);
      for (int r = 0; r < rows; r++) {
        row(row + r * rowBytes, first + i, length, lines, r * length);
      }
      kernels.pack(lines, 0, length, 1, rows, length, dst, i * width, width);
    }
  }
}
