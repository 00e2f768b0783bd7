package io.github.lora4j.quant.gguf;

import io.github.lora4j.compute.BlockRows;
import io.github.lora4j.compute.Kernels;

/**
 * The product of rows of blocks of 32 codes, each with a scale and perhaps an offset, with a
 * vector. A block begins with its scale, which its offset follows.
 *
 * @param bytes of a block
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

  /** Scratch of one thread. */
  static final class Scratch {
    private float[] scales = {};
    private float[] offsets = {};

    private void require(int blocks) {
      if (scales.length < blocks) {
        scales = new float[blocks];
        offsets = new float[blocks];
      }
    }
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
      Scratch scratch,
      float[] y,
      int to) {
    BlockRows blocks = new BlockRows(src, rows, values / GroupCodec.SIZE, bytes, codes);
    int count = rows * blocks.blocks();
    scratch.require(count);
    halves(src, 0, count, scratch.scales);
    float[] offsets =
        switch (offset) {
          case NONE -> null;
          case EIGHT_SCALES_LESS -> scratch.scales;
          case STORED -> halves(src, 2, count, scratch.offsets);
        };
    if (nibbles) {
      kernels.codes().multiplyNibbleBlocks(blocks, scratch.scales, offsets, x, sums, y, to);
    } else {
      kernels.codes().multiplyByteBlocks(blocks, scratch.scales, x, y, to);
    }
  }

  /** The half-precision numbers at a place in each block. */
  private float[] halves(byte[] src, int place, int blocks, float[] dst) {
    for (int b = 0, at = place; b < blocks; b++, at += bytes) {
      dst[b] = Half.get(src, at);
    }
    return dst;
  }
}
