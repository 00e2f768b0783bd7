package io.github.lora4j.quant.gguf;

import io.github.lora4j.compute.Kernels;

/**
 * Blocks of 256 codes in 16 parts of 16, each part with a scale of its own. Groups 0 to 3 lie in
 * the four pairs of bits of the first 32 bytes of codes, groups 4 to 7 in those of the next.
 */
final class TwoAndThreeBitsK {
  private static final int HALF = 16;

  private TwoAndThreeBitsK() {}

  /**
   * Q2_K: 16 bytes with a scale in the lower and a minimum in the upper half, 64 of codes, d, dmin.
   * A value is {@code (d * scale) * code - dmin * minimum}.
   */
  static void two(
      Kernels kernels, byte[] src, int block, int index, byte[] codes, float[] dst, int at) {
    float d = Half.get(src, block + 80);
    float dmin = Half.get(src, block + 82);
    Unpack.fields(src, block + 16 + index / 4 * 32, index % 4 * 2, 2, codes);
    for (int part = 0; part < 2; part++) {
      int scales = src[block + 2 * index + part];
      float scale = d * (scales & 15);
      float minimum = dmin * (scales >> 4 & 15);
      kernels.shiftCodes(codes, part * HALF, HALF, scale, -minimum, dst, at + part * HALF);
    }
  }

  /**
   * Q3_K: 32 bytes of which bit g of byte i belongs to value i of group g, 64 with two more bits of
   * each code, 12 with scales of 6 bits, d. A value is {@code (d * (scale - 32)) * code}; where the
   * bit is 0, 4 is taken from the code.
   */
  static void three(
      Kernels kernels, byte[] src, int block, int index, byte[] codes, float[] dst, int at) {
    float d = Half.get(src, block + 108);
    Unpack.fields(src, block + 32 + index / 4 * 32, index % 4 * 2, 2, codes);
    Unpack.addFields(src, block, index, 1, 2, codes);
    for (int part = 0; part < 2; part++) {
      float scale = d * (scale(src, block + 96, 2 * index + part) - 32);
      kernels.scaleCodes(codes, part * HALF, HALF, 4, scale, dst, at + part * HALF);
    }
  }

  /** Four bits from the halves of the first eight bytes, two from the last four. */
  private static int scale(byte[] src, int scales, int part) {
    int low = src[scales + part % 8] >> part / 8 * 4 & 15;
    int high = src[scales + 8 + part % 4] >> part / 4 * 2 & 3;
    return low | high << 4;
  }
}
