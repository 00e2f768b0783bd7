package io.github.lora4j.quant.gguf;

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
  static void two(byte[] src, int block, int index, float[] dst, int at) {
    float d = Half.get(src, block + 80);
    float dmin = Half.get(src, block + 82);
    int codes = block + 16 + index / 4 * 32;
    int shift = index % 4 * 2;
    for (int part = 0; part < 2; part++) {
      int scales = src[block + 2 * index + part];
      float scale = d * (scales & 15);
      float minimum = dmin * (scales >> 4 & 15);
      for (int i = part * HALF; i < (part + 1) * HALF; i++) {
        dst[at + i] = scale * (src[codes + i] >> shift & 3) - minimum;
      }
    }
  }

  /**
   * Q3_K: 32 bytes of which bit g of byte i belongs to value i of group g, 64 with two more bits of
   * each code, 12 with scales of 6 bits, d. A value is {@code (d * (scale - 32)) * code}; where the
   * bit is 0, 4 is taken from the code.
   */
  static void three(byte[] src, int block, int index, float[] dst, int at) {
    float d = Half.get(src, block + 108);
    int codes = block + 32 + index / 4 * 32;
    int shift = index % 4 * 2;
    for (int part = 0; part < 2; part++) {
      float scale = d * (scale(src, block + 96, 2 * index + part) - 32);
      for (int i = part * HALF; i < (part + 1) * HALF; i++) {
        int high = src[block + i] >> index & 1;
        dst[at + i] = scale * ((src[codes + i] >> shift & 3) - 4 + 4 * high);
      }
    }
  }

  /** Four bits from the halves of the first eight bytes, two from the last four. */
  private static int scale(byte[] src, int scales, int part) {
    int low = src[scales + part % 8] >> part / 8 * 4 & 15;
    int high = src[scales + 8 + part % 4] >> part / 4 * 2 & 3;
    return low | high << 4;
  }
}
