package io.github.lora4j.quant.gguf;

import io.github.lora4j.compute.Kernels;
import io.github.lora4j.tensor.VectorProduct;
import java.util.Arrays;

/**
 * A frozen weight in a block type of GGUF, kept as the file holds it and decoded to float32 a part
 * at a time.
 */
public final class GgufMatrix implements VectorProduct {
  /** Rows of a share of a product with one row. */
  private static final int GROUP = 8;

  /** Values decoded at a time for a product with one row. */
  private static final int STEP = 256;

  private final Kernels kernels;
  private final GgufType type;
  private final int out;
  private final int in;
  private final int rowBytes;
  private final byte[] data;

  /**
   * @param kernels that decode
   * @param data {@code out} rows one after the other, each a whole number of blocks; not copied
   * @throws IllegalArgumentException if rows are not whole blocks, or the length does not fit the
   *     shape
   */
  public GgufMatrix(Kernels kernels, GgufType type, int out, int in, byte[] data) {
    long bytes = type.bytes(out, in);
    if (data.length != bytes) {
      throw new IllegalArgumentException(
          "a ["
              + out
              + ", "
              + in
              + "] matrix of type "
              + type
              + " takes "
              + bytes
              + " bytes, got "
              + data.length);
    }
    this.kernels = kernels;
    this.type = type;
    this.out = out;
    this.in = in;
    this.rowBytes = in / type.blockSize() * type.blockBytes();
    this.data = data;
  }

  /** The type of all blocks. */
  public GgufType type() {
    return type;
  }

  /** The blocks, row after row; must not be written to. */
  public byte[] data() {
    return data;
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
    return data.length;
  }

  @Override
  public void decodePanel(int row, int rows, int col, int cols, float[] dst, int width) {
    int from = down(col);
    int length = up(col + cols) - from;
    float[] whole = length == cols ? dst : new float[length * width];
    decoder().panel(row * rowBytes, rowBytes, rows, from, length, whole, width);
    if (whole != dst) {
      System.arraycopy(whole, (col - from) * width, dst, 0, cols * width);
    }
  }

  @Override
  public void decodeRows(int row, int rows, int col, int cols, float[] dst, int width) {
    int from = down(col);
    int length = up(col + cols) - from;
    float[] line = length == cols ? null : new float[length];
    BlockCodec.Decoder decoder = decoder();
    for (int r = 0; r < rows; r++) {
      int at = r * width;
      if (line == null) {
        decoder.row((row + r) * rowBytes, from, length, dst, at);
      } else {
        decoder.row((row + r) * rowBytes, from, length, line, 0);
        System.arraycopy(line, col - from, dst, at, cols);
      }
      Arrays.fill(dst, at + cols, at + width, 0f);
    }
  }

  @Override
  public void decodeRow(int row, float[] dst, int offset) {
    decoder().row(row * rowBytes, 0, in, dst, offset);
  }

  @Override
  public int group() {
    return GROUP;
  }

  @Override
  public void multiply(float[] x, int firstGroup, int endGroup, float[] y) {
    float[] line = new float[Math.min(STEP, in)];
    BlockCodec.Decoder decoder = decoder();
    for (int row = firstGroup * GROUP; row < Math.min(out, endGroup * GROUP); row++) {
      float sum = 0f;
      for (int col = 0; col < in; col += STEP) {
        int length = Math.min(STEP, in - col);
        decoder.row(row * rowBytes, col, length, line, 0);
        sum += kernels.dot(line, 0, x, col, length);
      }
      y[row] = sum;
    }
  }

  private BlockCodec.Decoder decoder() {
    return type.codec().decoder(kernels, data);
  }

  /** The column at or before another at which decoding can begin. */
  private int down(int col) {
    return col - col % type.codec().unit();
  }

  private int up(int col) {
    return down(col + type.codec().unit() - 1);
  }
}
