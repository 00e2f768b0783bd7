package io.github.lora4j.compute;

import io.github.lora4j.tensor.FrozenMatrix;
import io.github.lora4j.tensor.Panels;
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
  public void decodePanel(int row, int rows, int col, int cols, float[] dst, int at, int width) {
    float[] values = new float[rows * in];
    read(row, values, 0, values.length);
    Panels.pack(values, col, in, 1, rows, cols, dst, at, width);
  }

  @Override
  public void decodeRows(int row, int rows, int col, int cols, float[] dst, int at, int width) {
    float[] values = new float[rows * in];
    read(row, values, 0, values.length);
    Panels.pack(values, col, 1, in, cols, rows, dst, at, width);
  }

  @Override
  public void decodeRow(int row, float[] dst, int offset) {
    read(row, dst, offset, in);
  }

  private void read(int row, float[] dst, int offset, int count) {
    FloatPointer pointer = new FloatPointer(weights.data().pointer());
    pointer.position((long) row * in).get(dst, offset, count);
  }
}
