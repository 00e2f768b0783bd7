package io.github.lora4j.quant.gguf;

import io.github.lora4j.compute.BlockRows;
import io.github.lora4j.compute.Kernels;
import io.github.lora4j.tensor.FewRows;

/**
 * The product of rows of blocks of 32 codes, each with a scale and perhaps an offset, with a few
 * rows of x.
 *
 * @param bytes of a block, which begins with its scale
 * @param codes where the codes begin in it
 * @param offset where the number is a multiple of which is added to all values of a block
 * @param factor the multiple
 */
record BlockProduct(Codes kind, int bytes, int codes, int offset, float factor)
    implements RowProduct {
  /** How codes lie in a block. */
  enum Codes {
    FOUR_BITS,
    FIVE_BITS,
    EIGHT_BITS
  }

  /** Codes that are centred, so that so many scales are taken from a value. */
  static BlockProduct centred(Codes kind, int bytes, int centre) {
    return new BlockProduct(kind, bytes, codes(kind, Short.BYTES), 0, -centre);
  }

  /** Codes whose block has an offset after the scale. */
  static BlockProduct shifted(Codes kind, int bytes) {
    return new BlockProduct(kind, bytes, codes(kind, 2 * Short.BYTES), Short.BYTES, 1);
  }

  /** The highest of five bits come first. */
  private static int codes(Codes kind, int at) {
    return kind == Codes.FIVE_BITS ? at + Integer.BYTES : at;
  }

  @Override
  public float[] sums(float[] x, int length) {
    return kind == Codes.FOUR_BITS ? PartSums.of(x, length, GroupCodec.SIZE) : null;
  }

  @Override
  public void multiply(
      Kernels kernels, byte[] src, int rowBytes, int rows, FewRows x, float[] sums, int to) {
    int blocks = x.in() / GroupCodec.SIZE;
    BlockRows weight = new BlockRows(src, rows, blocks, bytes, offset, factor, codes);
    switch (kind) {
      case FOUR_BITS -> kernels.codes().multiplyNibbleBlocks(weight, x, sums, to);
      case FIVE_BITS -> kernels.codes().multiplyFiveBitBlocks(weight, x, to);
      case EIGHT_BITS -> kernels.codes().multiplyByteBlocks(weight, x, to);
    }
  }
}
