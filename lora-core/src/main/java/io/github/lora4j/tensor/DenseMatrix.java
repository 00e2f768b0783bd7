package io.github.lora4j.tensor;

import java.util.Arrays;

/**
 * Float32 weights, packed once in panels: panel {@code p} holds rows {@code [p * width, (p + 1) *
 * width)} column after column, the last one padded with zero rows. A matrix product then reads
 * every weight in the order in which it lies.
 */
public final class DenseMatrix implements FrozenMatrix {
  private final int out;
  private final int in;
  private final int width;
  private final float[] panels;

  private DenseMatrix(int out, int in, int width, float[] panels) {
    this.out = out;
    this.in = in;
    this.width = width;
    this.panels = panels;
  }

  /**
   * Packs row-major weights.
   *
   * @param w {@code out * in} weights, row after row; not kept
   * @param width rows per panel, as the micro-kernel in use reads them
   */
  public static DenseMatrix pack(float[] w, int out, int in, int width) {
    if (w.length < (long) out * in) {
      throw new IllegalArgumentException(
          "a "
              + out
              + " x "
              + in
              + " matrix needs "
              + (long) out * in
              + " weights, got "
              + w.length);
    }
    int count = (out + width - 1) / width;
    long length = (long) count * width * in;
    if (length > Integer.MAX_VALUE - 8 - Panels.START) {
      throw new IllegalArgumentException(
          "a " + out + " x " + in + " float32 matrix is larger than a Java array");
    }
    float[] panels = new float[Panels.START + (int) length];
    for (int p = 0; p < count; p++) {
      int rows = Math.min(width, out - p * width);
      Panels.pack(w, p * width * in, in, 1, rows, in, panels, Panels.START + p * width * in, width);
    }
    return new DenseMatrix(out, in, width, panels);
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
    return 4L * (panels.length - Panels.START);
  }

  /** Rows per panel. */
  public int width() {
    return width;
  }

  /** The packed weights, from {@link Panels#START} on; must not be written to. */
  public float[] panels() {
    return panels;
  }

  @Override
  public void decodePanel(int row, int rows, int col, int cols, float[] dst, int at, int dstWidth) {
    for (int c = 0; c < cols; c++) {
      int to = at + c * dstWidth;
      for (int r = 0; r < rows; r++) {
        dst[to + r] = panels[index(row + r, col + c)];
      }
      Arrays.fill(dst, to + rows, to + dstWidth, 0f);
    }
  }

  @Override
  public void decodeRows(int row, int rows, int col, int cols, float[] dst, int at, int dstWidth) {
    decodeRows(Panels::pack, row, rows, col, cols, dst, at, dstWidth);
  }

  /** As {@link FrozenMatrix#decodeRows}, with a packer of choice. */
  public void decodeRows(
      Panels.Packer packer,
      int row,
      int rows,
      int col,
      int cols,
      float[] dst,
      int at,
      int dstWidth) {
    for (int r = 0; r < rows; ) {
      int run = Math.min(width - (row + r) % width, rows - r);
      int to = at + r * dstWidth;
      packer.pack(panels, index(row + r, col), width, 1, cols, run, dst, to, dstWidth);
      r += run;
    }
  }

  @Override
  public void decodeRow(int row, float[] dst, int offset) {
    int from = index(row, 0);
    for (int c = 0; c < in; c++) {
      dst[offset + c] = panels[from + c * width];
    }
  }

  private int index(int row, int col) {
    return Panels.START + (row / width) * width * in + col * width + row % width;
  }
}
