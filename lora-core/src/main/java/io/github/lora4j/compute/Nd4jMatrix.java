package io.github.lora4j.compute;

import io.github.lora4j.tensor.FrozenMatrix;
import java.util.Arrays;
import org.bytedeco.javacpp.FloatPointer;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Float32 weights in an ND4J array, 'c'-ordered {@code [out, in]}. */
final class Nd4jMatrix implements FrozenMatrix {
  private final INDArray weights;
  private final int out;
  private final int in;

  Nd4jMatrix(INDArray weights) {
    this.weights = weights;
    this.out = (int) weights.size(0);
    this.in = (int) weights.size(1);
  }

  INDArray weights() {
    return weights;
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
    return 4L * out * in;
  }

  @Override
  public void decodePanel(int row, int rows, int col, int cols, float[] dst, int width) {
    decodeColumns(row, rows, col, cols, dst, width);
    for (int c = 0; rows < width && c < cols; c++) {
      Arrays.fill(dst, c * width + rows, (c + 1) * width, 0f);
    }
  }

  @Override
  public void decodeColumns(int row, int rows, int col, int cols, float[] dst, int stride) {
    float[] values = new float[in];
    for (int r = 0; r < rows; r++) {
      decodeRow(row + r, values, 0);
      for (int c = 0; c < cols; c++) {
        dst[c * stride + r] = values[col + c];
      }
    }
  }

  @Override
  public void decodeRow(int row, float[] dst, int offset) {
    FloatPointer pointer = new FloatPointer(weights.data().pointer());
    pointer.position((long) row * in).get(dst, offset, in);
  }
}
