package io.github.lora4j.quant.gguf;

import io.github.lora4j.compute.Kernels;

/**
 * The product of a row of blocks of 32 codes, each with a scale and perhaps an offset, with a
 * vector.
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

  /** As {@link BlockCodec.Decoder#multiply}. */
  void multiply(
      Kernels kernels,
      byte[] src,
      int rowBytes,
      int rows,
      int count,
      float[] x,
      float[] sums,
      Scratch scratch,
      float[] y,
      int to) {
    int blocks = count / GroupCodec.SIZE;
    scratch.require(rows * blocks);
    float[] scales = scratch.scales;
    halves(src, 0, rowBytes, rows, blocks, scales);
    if (nibbles) {
      kernels.multiplyNibbleBlocks(src, codes, rowBytes, bytes, scales, blocks, x, rows, y, to);
    } else {
      kernels.multiplyByteBlocks(src, codes, rowBytes, bytes, scales, blocks, x, rows, y, to);
    }
    switch (offset) {
      case NONE -> {}
      case EIGHT_SCALES_LESS -> {
        for (int r = 0; r < rows; r++) {
          y[to + r] -= 8 * weigh(scales, r * blocks, blocks, sums);
        }
      }
      case STORED -> {
        halves(src, 2, rowBytes, rows, blocks, scratch.offsets);
        for (int r = 0; r < rows; r++) {
          y[to + r] += weigh(scratch.offsets, r * blocks, blocks, sums);
        }
      }
    }
  }

  /** The half-precision numbers of all blocks at a place in each. */
  private void halves(byte[] src, int place, int rowBytes, int rows, int blocks, float[] dst) {
    for (int r = 0, i = 0; r < rows; r++) {
      for (int b = 0, at = r * rowBytes + place; b < blocks; b++, at += bytes) {
        dst[i++] = Half.get(src, at);
      }
    }
  }

  private static float weigh(float[] factors, int from, int blocks, float[] sums) {
    float even = 0f;
    float odd = 0f;
    for (int b = 0; b < blocks; b++) {
      even += factors[from + b] * sums[2 * b];
      odd += factors[from + b] * sums[2 * b + 1];
    }
    return even + odd;
  }
}
