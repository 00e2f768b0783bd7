package io.github.lora4j.quant.gguf;

import io.github.lora4j.compute.Kernels;

/** A decoder whose panels are rows that are packed. */
abstract class PlainDecoder extends RowDecoder {
  PlainDecoder(Kernels kernels) {
    super(kernels);
  }

  @Override
  public final void panel(
      int row, int rowBytes, int rows, int first, int count, float[] dst, int at, int width) {
    float[] lines = new float[rows * Math.min(STEP, count)];
    for (int i = 0; i < count; i += STEP) {
      int length = Math.min(STEP, count - i);
      for (int r = 0; r < rows; r++) {
        row(row + r * rowBytes, first + i, length, lines, r * length);
      }
      kernels.pack(lines, 0, length, 1, rows, length, dst, at + i * width, width);
    }
  }
}
