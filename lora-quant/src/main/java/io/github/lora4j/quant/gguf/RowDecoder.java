package io.github.lora4j.quant.gguf;

import io.github.lora4j.compute.Kernels;
import io.github.lora4j.tensor.FewRows;

/** A decoder that multiplies what it has decoded of a row. */
abstract class RowDecoder implements BlockCodec.Decoder {
  /** Values of a row decoded at a time: a few rows of them stay in the first-level cache. */
  static final int STEP = 256;

  final Kernels kernels;

  RowDecoder(Kernels kernels) {
    this.kernels = kernels;
  }

  @Override
  public void multiply(int rowBytes, int rows, FewRows x, float[] sums, int to) {
    float[] line = new float[Math.min(STEP, x.in())];
    for (int r = 0; r < rows; r++) {
      dots(r * rowBytes, x, line, to + r);
    }
  }

  private void dots(int row, FewRows x, float[] line, int to) {
    for (int n = 0; n < x.rows(); n++) {
      x.y()[x.to(n) + to] = 0f;
    }
    for (int i = 0; i < x.in(); i += STEP) {
      int length = Math.min(STEP, x.in() - i);
      row(row, i, length, line, 0);
      for (int n = 0; n < x.rows(); n++) {
        x.y()[x.to(n) + to] += kernels.dot(line, 0, x.x(), x.from(n) + i, length);
      }
    }
  }
}
