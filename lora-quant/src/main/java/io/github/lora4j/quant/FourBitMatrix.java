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
  private final int blockSize;
  private final int[] strips;
  private final StripScales scales;

  /**
   * @param kernels that decode
   * @param weights may be dropped afterwards: the codes are put in another order
   */
  public FourBitMatrix(Kernels kernels, FourBitWeights weights) {
    super(kernels, weights.out(), weights.in(), Strips.ROWS);
    this.type = weights.type();
    this.table = type.codes();
    this.blockSize = weights.blockSize();
    this.strips = Strips.pack(weights.packed(), out(), in());
    this.scales = new StripScales(weights);
  }

  /** The weights as a checkpoint holds them. */
  public FourBitWeights weights() {
    byte[] packed = Strips.unpack(strips, out(), in());
    return new FourBitWeights(type, out(), in(), blockSize, packed, scales.absmax());
  }

  @Override
  public long bytes() {
    return 4L * strips.length + scales.bytes();
  }

  @Override
  public void decodeRow(int row, float[] dst, int offset) {
    for (int c = 0; c < in(); c++) {
      dst[offset + c] = table[Strips.code(strips, in(), row, c)] * scales.get(row, c);
    }
  }

  @Override
  public int most() {
    return kernels().codes().mostNibbleRows();
  }

  @Override
  protected float[] scratch(FewRows x) {
    return new float[scales.scratch()];
  }

  @Override
  protected void multiply(int row, int rows, FewRows x, float[] sums, float[] scratch) {
    int strip = Strips.begin(in(), row);
    float[] factors = scales.open(row, scratch);
    for (int c = 0; c < in(); ) {
      int stop = scales.reach(row, c, in(), factors);
      kernels()
          .codes()
          .multiplyNibbles(strips, strip, c, stop - c, table, factors, scales.at(row, c), x, sums);
      c = stop;
    }
  }

  @Override
  protected void strip(int row, int rows, int col, int cols, float[] dst, int at, int width) {
    // Rows that are not wanted keep the scale 0.
    float[] factors = new float[STRIP];
    int strip = Strips.begin(in(), row) + row % Strips.ROWS;
    for (int c = col; c < col + cols; ) {
      int stop = scales.gather(row, rows, c, col + cols, factors);
      int to = at + (c - col) * width;
      kernels()
          .codes()
          .decodeNibbles(strips, strip, c, stop - c, table, factors, 0, dst, to, width);
      c = stop;
    }
  }

  @Override
  protected boolean rows(int row, int rows, int col, int cols, float[] dst, int at, int width) {
    if (in() % blockSize != 0 || blockSize % STRIP != 0) {
      return false;
    }
    float[] factors = new float[STRIP];
    int strip = Strips.begin(in(), row) + row % Strips.ROWS;
    for (int c = col; c < col + cols; ) {
      int stop = scales.gather(row, rows, c, col + cols, factors);
      int to = at + c - col;
      kernels()
          .codes()
          .decodeNibbleRows(strips, strip, rows, c, stop - c, table, factors, 0, dst, to, width);
      c = stop;
    }
    return true;
  }
}
