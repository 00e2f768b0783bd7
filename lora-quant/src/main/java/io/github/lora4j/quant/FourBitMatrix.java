package io.github.lora4j.quant;

import io.github.lora4j.compute.Kernels;
import io.github.lora4j.compute.StripMatrix;
import io.github.lora4j.tensor.FewRows;

/**
 * A frozen weight that stays in 4 bits and is decoded to float32 a block at a time, exactly as
 * bitsandbytes dequantizes it: the value of the code times the scale of its block.
 */
public final class FourBitMatrix extends StripMatrix {
  private final QuantType type;
  private final float[] table;
  private final int blockBits;
  private final byte[] strips;
  private final Absmax absmax;

  /**
   * @param kernels that decode
   * @param weights may be dropped afterwards: the codes are put in another order
   */
  public FourBitMatrix(Kernels kernels, FourBitWeights weights) {
    super(kernels, weights.out(), weights.in());
    this.type = weights.type();
    this.table = type.codes();
    this.blockBits = Integer.numberOfTrailingZeros(weights.blockSize());
    this.strips = Strips.pack(weights.packed(), out(), in());
    this.absmax = weights.absmax();
  }

  /** The weights as a checkpoint holds them. */
  public FourBitWeights weights() {
    return new FourBitWeights(
        type, out(), in(), 1 << blockBits, Strips.unpack(strips, out(), in()), absmax);
  }

  @Override
  public long bytes() {
    return strips.length + absmax.bytes();
  }

  @Override
  public void decodeRow(int row, float[] dst, int offset) {
    for (int c = 0; c < in(); c++) {
      float scale = absmax.get((int) (((long) row * in() + c) >>> blockBits));
      dst[offset + c] = table[Strips.code(strips, in(), row, c)] * scale;
    }
  }

  @Override
  protected void multiply(int row, int rows, FewRows x, float[] sums) {
    // Rows that are not there keep the scale 0.
    float[] scales = new float[STRIP];
    int first = row / STRIP * in() * Strips.BYTES;
    for (int c = 0; c < in(); ) {
      int stop = scales(row, rows, c, in(), scales);
      int from = first + c * Strips.BYTES;
      kernels().codes().multiplyNibbles(strips, from, stop - c, table, scales, x, c, sums);
      c = stop;
    }
  }

  @Override
  protected void strip(int row, int rows, int col, int cols, float[] dst, int at, int width) {
    // Rows that are not wanted keep the scale 0.
    float[] scales = new float[STRIP];
    int from = row / STRIP * in() * Strips.BYTES;
    for (int c = col; c < col + cols; ) {
      int stop = scales(row, rows, c, col + cols, scales);
      int to = at + (c - col) * width;
      kernels()
          .codes()
          .decodeNibbles(strips, from + c * Strips.BYTES, stop - c, table, scales, dst, to, width);
      c = stop;
    }
  }

  /** The scales at a column, and the column up to which no row gets to its next block. */
  private int scales(int row, int rows, int col, int end, float[] scales) {
    // Blocks are as long as a power of two: shifts instead of divisions.
    int mask = (1 << blockBits) - 1;
    long i = (long) row * in() + col;
    int left = end - col;
    for (int r = 0; r < rows; r++, i += in()) {
      scales[r] = absmax.get((int) (i >>> blockBits));
      left = Math.min(left, mask + 1 - ((int) i & mask));
    }
    return col + left;
  }
}
