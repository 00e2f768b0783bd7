package io.github.lora4j.compute;

import io.github.lora4j.tensor.FrozenMatrix;
import java.util.Arrays;
import org.bytedeco.javacpp.FloatPointer;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * Products on the ND4J backend of the class path. Results are written to an 'f'-ordered array,
 * whose memory is the row-major transpose: ND4J is fastest that way.
 */
final class Nd4jGemm implements Gemm {
  /** Rows of a weight in another format that are decoded at a time. */
  private static final int DECODED_ROWS = 512;

  @Override
  public String name() {
    return "nd4j";
  }

  @Override
  public FrozenMatrix dense(float[] w, int out, int in) {
    return new Nd4jMatrix(copyOf(w, out, in));
  }

  @Override
  public void forward(
      WorkerPool pool, float[] x, int rows, FrozenMatrix w, float[] bias, float[] y) {
    int out = w.out();
    if (rows == 0 || FewRowsProduct.forward(pool, x, rows, w, bias, y)) {
      return;
    }
    try (INDArray in = copyOf(x, rows, w.in())) {
      for (int from = 0; from < out; from += blockRows(w)) {
        int count = Math.min(blockRows(w), out - from);
        try (Block block = block(w, from, count);
            INDArray product = transposed(rows, count)) {
          Nd4j.gemm(block.weights(), in, product, false, true, 1.0, 0.0);
          if (count == out) {
            read(product, y, rows * out);
          } else {
            float[] part = new float[rows * count];
            read(product, part, part.length);
            for (int r = 0; r < rows; r++) {
              System.arraycopy(part, r * count, y, r * out + from, count);
            }
          }
        }
      }
    }
    if (bias != null) {
      for (int r = 0; r < rows; r++) {
        for (int c = 0; c < out; c++) {
          y[r * out + c] += bias[c];
        }
      }
    }
  }

  @Override
  public void addForward(WorkerPool pool, float[] x, int rows, FrozenMatrix w, float[] y) {
    float[] product = new float[rows * w.out()];
    forward(pool, x, rows, w, null, product);
    for (int i = 0; i < product.length; i++) {
      y[i] += product[i];
    }
  }

  @Override
  public void backward(
      WorkerPool pool, float[] dy, int rows, FrozenMatrix w, float[] dx, boolean accumulate) {
    int out = w.out();
    int in = w.in();
    if (rows == 0) {
      return;
    }
    try (INDArray product = transposed(rows, in)) {
      for (int from = 0; from < out; from += blockRows(w)) {
        int count = Math.min(blockRows(w), out - from);
        float[] part = count == out ? dy : columns(dy, rows, out, from, count);
        try (Block block = block(w, from, count);
            INDArray gradient = copyOf(part, rows, count)) {
          Nd4j.gemm(block.weights(), gradient, product, true, true, 1.0, from == 0 ? 0.0 : 1.0);
        }
      }
      store(product, dx, rows * in, accumulate);
    }
  }

  /** Computes {@code cᵀ = bᵀ aᵀ}, so that the memory of the 'f'-ordered result is {@code c}. */
  @Override
  public void product(
      WorkerPool pool,
      int m,
      int n,
      int k,
      float alpha,
      float[] a,
      boolean transposeA,
      float[] b,
      boolean transposeB,
      float[] c,
      boolean accumulate) {
    if (empty(m, n, k, c, accumulate)) {
      return;
    }
    try (INDArray left = transposeA ? copyOf(a, k, m) : copyOf(a, m, k);
        INDArray right = transposeB ? copyOf(b, n, k) : copyOf(b, k, n);
        INDArray product = transposed(m, n)) {
      Nd4j.gemm(right, left, product, !transposeB, !transposeA, alpha, 0.0);
      store(product, c, m * n, accumulate);
    }
  }

  /** Does what there is to do if a dimension is zero, for which ND4J has no memory. */
  private static boolean empty(int m, int n, int k, float[] c, boolean accumulate) {
    if (k == 0 && !accumulate) {
      Arrays.fill(c, 0, m * n, 0f);
    }
    return m == 0 || n == 0 || k == 0;
  }

  private record Block(INDArray weights, boolean owned) implements AutoCloseable {
    @Override
    public void close() {
      if (owned) {
        weights.close();
      }
    }
  }

  private static int blockRows(FrozenMatrix w) {
    return w instanceof Nd4jMatrix ? w.out() : DECODED_ROWS;
  }

  private static Block block(FrozenMatrix w, int from, int count) {
    if (w instanceof Nd4jMatrix dense) {
      return new Block(dense.weights(), false);
    }
    float[] rows = new float[count * w.in()];
    for (int r = 0; r < count; r++) {
      w.decodeRow(from + r, rows, r * w.in());
    }
    return new Block(copyOf(rows, count, w.in()), true);
  }

  private static float[] columns(float[] dy, int rows, int out, int from, int count) {
    float[] part = new float[rows * count];
    for (int r = 0; r < rows; r++) {
      System.arraycopy(dy, r * out + from, part, r * count, count);
    }
    return part;
  }

  private static INDArray transposed(int rows, int cols) {
    return Nd4j.createUninitialized(DataType.FLOAT, new long[] {cols, rows}, 'f');
  }

  private static INDArray copyOf(float[] values, int rows, int cols) {
    INDArray array = Nd4j.createUninitialized(DataType.FLOAT, new long[] {rows, cols}, 'c');
    new FloatPointer(array.data().pointer()).put(values, 0, rows * cols);
    return array;
  }

  private static void read(INDArray array, float[] to, int length) {
    new FloatPointer(array.data().pointer()).get(to, 0, length);
  }

  private static void store(INDArray array, float[] to, int length, boolean accumulate) {
    if (!accumulate) {
      read(array, to, length);
      return;
    }
    float[] values = new float[length];
    read(array, values, length);
    for (int i = 0; i < length; i++) {
      to[i] += values[i];
    }
  }
}
