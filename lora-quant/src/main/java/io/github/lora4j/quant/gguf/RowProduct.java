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

  /**
   * Multiplies.
   *
   * @param row where the row begins
   * @param count values of the row
   * @param sums of {@code x}, one for every 16 values
   */
  float dot(
      Kernels kernels, byte[] src, int row, int count, float[] x, float[] sums, Scratch scratch) {
    int blocks = count / GroupCodec.SIZE;
    scratch.require(blocks);
    float[] scales = scratch.scales;
    for (int b = 0, at = row; b < blocks; b++, at += bytes) {
      scales[b] = Half.get(src, at);
    }
    float sum =
        nibbles
            ? kernels.multiplyNibbleBlocks(src, row + codes, bytes, scales, blocks, x)
            : kernels.multiplyByteBlocks(src, row + codes, bytes, scales, blocks, x);
    return switch (offset) {
      case NONE -> sum;
      case EIGHT_SCALES_LESS -> sum - 8 * weigh(scales, blocks, sums);
      case STORED -> {
        for (int b = 0, at = row + 2; b < blocks; b++, at += bytes) {
          scratch.offsets[b] = Half.get(src, at);
        }
        yield sum + weigh(scratch.offsets, blocks, sums);
      }
    };
  }

  private static float weigh(float[] factors, int blocks, float[] sums) {
    float even = 0f;
    float odd = 0f;
    for (int b = 0; b < blocks; b++) {
      even += factors[b] * sums[2 * b];
      odd += factors[b] * sums[2 * b + 1];
    }
    return even + odd;
  }
}
