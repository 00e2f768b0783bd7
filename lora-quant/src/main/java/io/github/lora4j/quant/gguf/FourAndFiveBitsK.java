package io.github.lora4j.quant.gguf;

import io.github.lora4j.compute.Kernels;

/**
 * Blocks of 256 codes in 8 groups of 32: d, dmin, 12 bytes with a scale and a minimum of 6 bits for
 * each group, in Q5_K 32 bytes with the highest bits (bit g of byte i for value i of group g), and
 * 128 bytes with four bits of each code: every 32 hold a group in their lower and the next in their
 * upper halves. A value is {@code (d * scale) * code - dmin * minimum}.
 */
final class FourAndFiveBitsK {
  private static final int SCALES = 4;
  private static final int AFTER_SCALES = 16;

  private FourAndFiveBitsK() {}

  /** Q4_K. */
  static void four(
      Kernels kernels, byte[] src, int block, int index, byte[] codes, float[] dst, int at) {
    float scale = Half.get(src, block) * scale(src, block + SCALES, index);
    float minimum = Half.get(src, block + 2) * minimum(src, block + SCALES, index);
    Unpack.fields(src, block + AFTER_SCALES + index / 2 * 32, index % 2 * 4, 4, codes);
    kernels.shiftCodes(codes, 0, GroupCodec.SIZE, scale, -minimum, dst, at);
  }

  /** Q5_K. */
  static void five(
      Kernels kernels, byte[] src, int block, int index, byte[] codes, float[] dst, int at) {
    float scale = Half.get(src, block) * scale(src, block + SCALES, index);
    float minimum = Half.get(src, block + 2) * minimum(src, block + SCALES, index);
    int high = block + AFTER_SCALES;
    Unpack.fields(src, high + 32 + index / 2 * 32, index % 2 * 4, 4, codes);
    Unpack.addFields(src, high, index, 1, 4, codes);
    kernels.shiftCodes(codes, 0, GroupCodec.SIZE, scale, -minimum, dst, at);
  }

  /** Groups 0 to 3 in the first four bytes; of 4 to 7 the upper two bits there, four at the end. */
  private static int scale(byte[] src, int scales, int index) {
    return index < 4
        ? src[scales + index] & 63
        : src[scales + 4 + index] & 15 | src[scales + index - 4] >> 2 & 48;
  }

  /** As the scales, in the next four bytes and the upper halves of the last. */
  private static int minimum(byte[] src, int scales, int index) {
    return index < 4
        ? src[scales + 4 + index] & 63
        : src[scales + 4 + index] >> 4 & 15 | src[scales + index] >> 2 & 48;
  }
}
