package io.github.lora4j.quant.gguf;

/**
 * Blocks of 256 codes in 16 parts of 16, each part with a scale of its own. Groups 0 to 3 lie in
 * the four pairs of bits of the first 32 bytes of codes, groups 4 to 7 in those of the next.
 */
final class TwoAndThreeBitsK {
  private TwoAndThreeBitsK() {}

  /**
   * Q2_K: 16 bytes with a scale in the lower and a minimum in the upper half, 64 of codes, d, dmin.
   * A value is {@code (d * scale) * code - dmin * minimum}.
   */
  static void two(byte[] src, int block, int index, Parts dst, int to) {
    float d = Half.get(src, block + 80);
    float dmin = Half.get(src, block + 82);
    for (int part = 0; part < 2; part++) {
      int scales = src[block + 2 * index + part];
      dst.scale(to, part, d * (scales & 15));
      dst.offset(to, part, -(dmin * (scales >> 4 & 15)));
    }
    int codes = block + 16 + index / 4 * 32;
    int shift = index % 4 * 2;
    int at = to * GroupCodec.SIZE;
    two(src, codes, shift, dst.codes, at);
    two(src, codes + 8, shift, dst.codes, at + 8);
    two(src, codes + 16, shift, dst.codes, at + 16);
    two(src, codes + 24, shift, dst.codes, at + 24);
  }

  private static void two(byte[] src, int codes, int shift, byte[] dst, int at) {
    Eight.put(Eight.get(src, codes) >>> shift & Eight.TWO_BITS, dst, at);
  }

  /**
   * Q3_K: 32 bytes of which bit g of byte i belongs to value i of group g, 64 with two more bits of
   * each code, 12 with scales of 6 bits, d. A value is {@code (d * (scale - 32)) * code}; where the
   * bit is 0, 4 is taken from the code.
   */
  static void three(byte[] src, int block, int index, Parts dst, int to) {
    float d = Half.get(src, block + 108);
    for (int part = 0; part < 2; part++) {
      dst.scale(to, part, d * (scale(src, block + 96, 2 * index + part) - 32));
    }
    int codes = block + 32 + index / 4 * 32;
    int shift = index % 4 * 2;
    int at = to * GroupCodec.SIZE;
    three(src, codes, shift, block, index, dst.codes, at);
    three(src, codes + 8, shift, block + 8, index, dst.codes, at + 8);
    three(src, codes + 16, shift, block + 16, index, dst.codes, at + 16);
    three(src, codes + 24, shift, block + 24, index, dst.codes, at + 24);
  }

  private static void three(
      byte[] src, int codes, int shift, int high, int index, byte[] dst, int at) {
    long low = Eight.get(src, codes) >>> shift & Eight.TWO_BITS;
    long bit = Eight.get(src, high) >>> index & Eight.ONES;
    Eight.put(Eight.minus(low | bit << 2, 4), dst, at);
  }

  /** Four bits from the halves of the first eight bytes, two from the last four. */
  private static int scale(byte[] src, int scales, int part) {
    int low = src[scales + part % 8] >> part / 8 * 4 & 15;
    int high = src[scales + 8 + part % 4] >> part / 4 * 2 & 3;
    return low | high << 4;
  }
}
