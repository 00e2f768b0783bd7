package io.github.lora4j.quant.gguf;

import io.github.lora4j.compute.BlockRows;
import io.github.lora4j.compute.Kernels;

/**
 * The product of rows of blocks of 32 codes, each with a scale and perhaps an offset, with a
 * vector.
 *
 * @param bytes of a block, which begins with its scale
 * @param codes where the codes begin in it
 * @param nibbles whether codes have 4 bits, or else 8
 * @param offset what is added to the product of scale and code
 */
record RowProduct(int bytes, int codes, boolean nibbles, Offset offset) {
  /** What is added to all values of a block. */
  enum Offset {
    NONE,
    /** Half the range of codes less: they are centred. */
    EIGHT_SCALES_LESS,
    /** A number of its own after the scale. */
    STORED
  }

  /** As {@link BlockCodec#sums}: one for every block. */
  float[] sums(float[] x) {
    return PartSums.of(x, GroupCodec.SIZE, offset == Offset.EIGHT_SCALES_LESS ? -8f : 1f);
  }

  /** As {@link BlockCodec.Decoder#multiply}. */
  void multiply(
      Kernels kernels,
      byte[] src,
      int rows,
      int values,
      float[] x,
      float[] sums,
      float[] y,
      int to) {
    BlockRows blocks =
        new BlockRows(
            src,
            rows,
            values / GroupCodec.SIZE,
            bytes,
            offset == Offset.STORED ? Short.BYTES : 0,
            codes);
    if (nibbles) {
      kernels.codes().multiplyNibbleBlocks(blocks, x, sums, y, to);
    } else {
      kernels.codes().multiplyByteBlocks(blocks, x, y, to);
    }
  }
}
