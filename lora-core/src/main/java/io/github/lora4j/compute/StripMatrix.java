package io.github.lora4j.compute;

import io.github.lora4j.tensor.FewRows;
import io.github.lora4j.tensor.VectorProduct;
import java.util.Arrays;

/**
 * A weight that is kept in strips of rows, column after column, so that a panel is decoded in the
 * order in which it is written. A format says how to decode columns of sixteen rows, and how to
 * multiply a strip.
 */
public abstract class StripMatrix implements VectorProduct {
  /** Rows that are decoded together. */
  protected static final int STRIP = 16;

  private final Kernels kernels;
  private final int out;
  private final int in;
  private final int group;

  /**
   * A matrix of this shape.
   *
   * @param kernels that decode
   * @param group rows that are multiplied together, a multiple of {@value #STRIP}
   */
  protected StripMatrix(Kernels kernels, int out, int in, int group) {
    this.kernels = kernels;
    this.out = out;
    this.in = in;
    this.group = group;
  }

  /**
   * Decodes columns of {@value #STRIP} rows: so many values for each column, the first at {@code at
   * + c * width}.
   *
   * @param row the first row, a multiple of {@value #STRIP}
   * @param rows how many are wanted, from 1 to {@value #STRIP}; the others become zeros
   */
  protected abstract void strip(
      int row, int rows, int col, int cols, float[] dst, int at, int width);

  /** Makes the rows zero that {@link #strip} decoded and that are not wanted. */
  protected final void clearOthers(int row, int rows, int cols, float[] dst, int at, int width) {
    // Rows of the last strip that are not there are zero already.
    for (int c = 0; row + rows < out && rows < STRIP && c < cols; c++) {
      Arrays.fill(dst, at + c * width + rows, at + c * width + STRIP, 0f);
    }
  }

  /**
   * Multiplies a strip of {@link #group()} rows with a few rows of x.
   *
   * @param row the first row of the strip
   * @param rows how many there are, from 1 to {@link #group()}
   * @param sums zeros, to which the product with row r is added at {@code group() * i + r} for row
   *     i of x, with room for a multiple of four rows of x
   * @param scratch what {@link #scratch} returned
   */
  protected abstract void multiply(int row, int rows, FewRows x, float[] sums, float[] scratch);

  /** What products with these rows need besides, for one thread. */
  protected float[] scratch(FewRows x) {
    return null;
  }

  /** What decodes. */
  protected final Kernels kernels() {
    return kernels;
  }

  @Override
  public final int out() {
    return out;
  }

  @Override
  public final int in() {
    return in;
  }

  @Override
  public final int group() {
    return group;
  }

  @Override
  public final Shares times(FewRows x) {
    return (first, end) -> multiply(x, first, end);
  }

  private void multiply(FewRows x, int firstGroup, int endGroup) {
    float[] sums = x.inFours(group);
    float[] scratch = scratch(x);
    for (int row = firstGroup * group; row < Math.min(out, endGroup * group); row += group) {
      int rows = Math.min(group, out - row);
      Arrays.fill(sums, 0f);
      multiply(row, rows, x, sums, scratch);
      for (int i = 0; i < x.rows(); i++) {
        System.arraycopy(sums, i * group, x.y(), x.to(i) + row, rows);
      }
    }
  }

  @Override
  public final void decodePanel(
      int row, int rows, int col, int cols, float[] dst, int at, int width) {
    int done = 0;
    if (row % STRIP == 0 && width % STRIP == 0) {
      for (; done < rows; done += STRIP) {
        strip(row + done, Math.min(STRIP, rows - done), col, cols, dst, at + done, width);
      }
    } else {
      float[] square = new float[STRIP * cols];
      while (done < rows) {
        int inStrip = (row + done) % STRIP;
        int count = Math.min(STRIP - inStrip, rows - done);
        strip(row + done - inStrip, inStrip + count, col, cols, square, 0, STRIP);
        for (int c = 0; c < cols; c++) {
          System.arraycopy(square, c * STRIP + inStrip, dst, at + c * width + done, count);
        }
        done += count;
      }
    }
    for (int c = 0; done < width && c < cols; c++) {
      Arrays.fill(dst, at + c * width + done, at + (c + 1) * width, 0f);
    }
  }

  /**
   * Decodes rows of one strip as rows: column c of the r-th of them goes to {@code dst[at + r *
   * width + c - col]}. Only a format that can do so faster than {@link #strip} and a transposition
   * does.
   *
   * @param row the first row
   * @param rows how many, all in the same {@value #STRIP} as the first
   * @param col the first column, a multiple of {@value #STRIP}
   * @param cols how many, a multiple of {@value #STRIP}
   * @return false if it does not
   */
  protected boolean rows(int row, int rows, int col, int cols, float[] dst, int at, int width) {
    return false;
  }

  @Override
  public final void decodeRows(
      int row, int rows, int col, int cols, float[] dst, int at, int width) {
    boolean whole = col % STRIP == 0 && cols % STRIP == 0 && cols == width;
    float[] square = null;
    for (int r = 0, to = at; r < rows; ) {
      int inStrip = (row + r) % STRIP;
      int count = Math.min(STRIP - inStrip, rows - r);
      if (!whole || !rows(row + r, count, col, cols, dst, to, width)) {
        square = square == null ? new float[STRIP * cols] : square;
        strip(row + r - inStrip, inStrip + count, col, cols, square, 0, STRIP);
        kernels.pack(square, inStrip, STRIP, 1, cols, count, dst, to, width);
      }
      r += count;
      to += count * width;
    }
  }
}
