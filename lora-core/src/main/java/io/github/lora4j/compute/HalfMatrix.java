package io.github.lora4j.compute;

import io.github.lora4j.tensor.FrozenMatrix;
import io.github.lora4j.tensor.HalfType;
import java.util.Arrays;

/**
 * A frozen weight in bfloat16 or float16, two bytes per weight, widened to float32 a block at a
 * time.
 *
 * <p>Weights are kept in strips of 16 rows, column after column, so that a panel is decoded in the
 * order in which it is written. The last strip is filled with zeros.
 */
public final class HalfMatrix implements FrozenMatrix {
  private static final int STRIP = 16;

  private final Kernels kernels;
  private final HalfType type;
  private final int out;
  private final int in;
  private final short[] strips;

  private HalfMatrix(Kernels kernels, HalfType type, int out, int in, short[] strips) {
    this.kernels = kernels;
    this.type = type;
    this.out = out;
    this.in = in;
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
  public int out() {
    return out;
  }

  @Override
  public int in() {
    return in;
  }

  @Override
  public long bytes() {
    return 2L * strips.length;
  }

  @Override
  public void decodePanel(int row, int rows, int col, int cols, float[] dst, int width) {
    float[] square = null;
    int done = 0;
    while (done < rows) {
      int inStrip = (row + done) % STRIP;
      int count = Math.min(STRIP - inStrip, rows - done);
      // Rows of the last strip that are not there are zero, as those that are filled up must be.
      boolean whole = count == STRIP || inStrip == 0 && row + rows == out;
      if (whole && done + STRIP <= width) {
        kernels.widen(type, strips, index(row + done, col), cols, dst, done, width);
        count = STRIP;
      } else {
        square = square == null ? new float[STRIP * cols] : square;
        kernels.widen(type, strips, index(row + done, col), cols, square, 0, STRIP);
        for (int c = 0; c < cols; c++) {
          System.arraycopy(square, c * STRIP + inStrip, dst, c * width + done, count);
        }
      }
      done += count;
    }
    for (int c = 0; done < width && c < cols; c++) {
      Arrays.fill(dst, c * width + done, (c + 1) * width, 0f);
    }
  }

  @Override
  public void decodeRows(int row, int rows, int col, int cols, float[] dst, int width) {
    float[] square = new float[STRIP * cols];
    for (int r = 0; r < rows; ) {
      int inStrip = (row + r) % STRIP;
      int count = Math.min(STRIP - inStrip, rows - r);
      kernels.widen(type, strips, index(row + r, col), cols, square, 0, STRIP);
      kernels.pack(square, inStrip, STRIP, 1, cols, count, dst, r * width, width);
      r += count;
    }
  }

  @Override
  public void decodeRow(int row, float[] dst, int offset) {
    int from = index(row, 0) + row % STRIP;
    for (int c = 0; c < in; c++) {
      dst[offset + c] = type.widen(strips[from + c * STRIP]);
    }
  }

  /** Where a column of the strip of a row begins. */
  private int index(int row, int col) {
    return (row / STRIP * in + col) * STRIP;
  }
}
