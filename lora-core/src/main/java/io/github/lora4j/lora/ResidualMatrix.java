package io.github.lora4j.lora;

import io.github.lora4j.compute.Compute;
import io.github.lora4j.tensor.FrozenMatrix;

/**
 * {@code W - scaling * B A}: what is left of a frozen weight whose part an adapter starts from. W
 * itself is not copied and serves others as it is; a block is decoded there and the part taken
 * away, in float32. Immutable and thread-safe.
 */
public final class ResidualMatrix implements FrozenMatrix {
  private final FrozenMatrix weight;
  private final int rank;
  private final float[] a;

  /** Scaled and transposed, {@code [r, out]}: rows of a panel lie together. */
  private final float[] bt;

  private ResidualMatrix(FrozenMatrix weight, int rank, float[] a, float[] bt) {
    this.weight = weight;
    this.rank = rank;
    this.a = a;
    this.bt = bt;
  }

  /**
   * What is left of a weight. A float32 weight is copied, since products read that fastest; of
   * others, in fewer bits, nothing is.
   *
   * @param factors of these values, copied
   */
  public static FrozenMatrix of(
      Compute compute, FrozenMatrix weight, LoraFactors.Factors factors, float scaling) {
    int out = weight.out();
    int in = weight.in();
    int r = factors.a().rows();
    float[] bt = new float[r * out];
    for (int row = 0; row < out; row++) {
      for (int k = 0; k < r; k++) {
        bt[k * out + row] = scaling * factors.b().data()[row * r + k];
      }
    }
    ResidualMatrix residual = new ResidualMatrix(weight, r, factors.a().toArray(), bt);
    if (weight.bytes() < (long) Float.BYTES * out * in) {
      return residual;
    }
    float[] w = new float[Math.multiplyExact(out, in)];
    compute
        .pool()
        .forRanges(
            out,
            16,
            (from, to) -> {
              for (int row = from; row < to; row++) {
                residual.decodeRow(row, w, row * in);
              }
            });
    return compute.gemm().dense(w, out, in);
  }

  @Override
  public int out() {
    return weight.out();
  }

  @Override
  public int in() {
    return weight.in();
  }

  /** Bytes beside those of the weight. */
  @Override
  public long bytes() {
    return (long) Float.BYTES * (a.length + bt.length);
  }

  @Override
  public void decodePanel(int row, int rows, int col, int cols, float[] dst, int at, int width) {
    weight.decodePanel(row, rows, col, cols, dst, at, width);
    for (int k = 0; k < rank; k++) {
      int from = k * out() + row;
      for (int c = 0; c < cols; c++) {
        float factor = a[k * in() + col + c];
        int to = at + c * width;
        for (int r = 0; r < rows; r++) {
          dst[to + r] -= factor * bt[from + r];
        }
      }
    }
  }

  @Override
  public void decodeRows(int row, int rows, int col, int cols, float[] dst, int at, int width) {
    weight.decodeRows(row, rows, col, cols, dst, at, width);
    for (int r = 0; r < rows; r++) {
      subtract(row + r, col, cols, dst, at + r * width);
    }
  }

  @Override
  public void decodeRow(int row, float[] dst, int offset) {
    weight.decodeRow(row, dst, offset);
    subtract(row, 0, in(), dst, offset);
  }

  private void subtract(int row, int col, int cols, float[] dst, int to) {
    for (int k = 0; k < rank; k++) {
      float factor = bt[k * out() + row];
      int from = k * in() + col;
      for (int c = 0; c < cols; c++) {
        dst[to + c] -= factor * a[from + c];
      }
    }
  }
}
