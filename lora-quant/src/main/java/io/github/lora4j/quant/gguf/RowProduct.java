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

  /** As {@link BlockCodec#sums}: one for every block, if blocks have offsets. */
  float[] sums(float[] x, int length) {
    return offset == Offset.NONE ? null : PartSums.of(x, length, GroupCodec.SIZE);
  }

  /** As {@link BlockCodec.Decoder#multiply}. */
  void multiply(Kernels kernels, byte[] src, int rows, FewRows x, float[] sums, int to) {
    BlockRows blocks =
        new BlockRows(
            src,
            rows,
            x.in() / GroupCodec.SIZE,
            bytes,
            offset == Offset.STORED ? Short.BYTES : 0,
            offset == Offset.EIGHT_SCALES_LESS ? -8f : 1f,
            codes);
    if (nibbles) {
      kernels.codes().multiplyNibbleBlocks(blocks, x, sums, to);
    } else {
      kernels.codes().multiplyByteBlocks(blocks, x, to);
    }
  }
}
