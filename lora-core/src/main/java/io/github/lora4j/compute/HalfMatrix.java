package io.github.lora4j.compute;

import io.github.lora4j.tensor.FewRows;
import io.github.lora4j.tensor.HalfType;

/**
 * A frozen weight in bfloat16 or float16, two bytes per weight, widened to float32 a block at a
 * time.
 *
 * <p>Weights are kept in strips of 16 rows, column after column, so that a panel is decoded in the
 * order in which it is written. The last strip is filled with zeros.
 */
public final class HalfMatrix extends StripMatrix {
  private final HalfType type;
  private final short[] strips;

  private HalfMatrix(Kernels kernels, HalfType type, int out, int in, short[] strips) {
    super(kernels, out, in, STRIP);
    this.type = type;
    this.strips = strips;
  }

  /**
   * Rounds weights to nearest, ties to even, as {@code Tensor.to} of PyTorch does; those that come
   * from this type stay as they are.
   *
   * @param w row-major {@code [out, in]}, finite; not kept
   * @throws ArithmeticException if a weight is not finite or too large for the type, naming its
   *     position
   * @throws IllegalArgumentException if the length does not fit
   */
  public static HalfMatrix pack(Compute compute, HalfType type, float[] w, int out, int in) {
    long length = bytes(out, in) / Short.BYTES;
    if (out < 1 || in < 1 || w.length < (long) out * in || length > Integer.MAX_VALUE - 8) {
      throw new IllegalArgumentException(
          "a ["
              + out
              + ", "
              + in
              + "] matrix of 16-bit weights does not fit "
              + w.length
              + " weights and a Java array");
    }
    short[] strips = new short[(int) length];
    compute
        .pool()
        .forRanges(
            out,
            STRIP,
            (from, to) -> {
              for (int row = from; row < to; row++) {
                packRow(type, w, row, in, strips);
              }
            });
    return new HalfMatrix(compute.kernels(), type, out, in, strips);
  }

  private static void packRow(HalfType type, float[] w, int row, int in, short[] strips) {
    int from = row * in;
    int to = row / STRIP * in * STRIP + row % STRIP;
    for (int c = 0; c < in; c++) {
      float value = w[from + c];
      if (!type.fits(value)) {
        throw new ArithmeticException(
            "weight "
                + value
                + " at row "
                + row
                + ", column "
                + c
                + (Float.isFinite(value) ? " is too large for " + type.id() : " is not finite"));
      }
      strips[to + c * STRIP] = type.narrow(value);
    }
  }

  /** Bytes of a matrix: two per weight, in whole strips. */
  public static long bytes(int out, int in) {
    return (out + STRIP - 1L) / STRIP * STRIP * in * Short.BYTES;
  }

  /** The type of the weights. */
  public HalfType type() {
    return type;
  }

  @Override
  public long bytes() {
    return 2L * strips.length;
  }

  @Override
  protected void strip(int row, int rows, int col, int cols, float[] dst, int at, int width) {
    kernels().codes().widen(type, strips, index(row, col), cols, dst, at, width);
    clearOthers(row, rows, cols, dst, at, width);
  }

  @Override
  public void decodeRow(int row, float[] dst, int offset) {
    int from = index(row, 0) + row % STRIP;
    for (int c = 0; c < in(); c++) {
      dst[offset + c] = type.widen(strips[from + c * STRIP]);
    }
  }

  /** Widening float16 takes so long that more than one pass of four rows does not pay. */
  @Override
  public int most() {
    int most = kernels().codes().mostRows();
    return type == HalfType.FLOAT16 ? Math.min(4, most) : most;
  }

  @Override
  protected void multiply(int row, int rows, FewRows x, float[] sums, float[] scratch) {
    kernels().codes().multiplyHalves(type, strips, index(row, 0), x, sums);
  }

  /** Where a column of the strip of a row begins. */
  private int index(int row, int col) {
    return (row / STRIP * in() + col) * STRIP;
  }
}
