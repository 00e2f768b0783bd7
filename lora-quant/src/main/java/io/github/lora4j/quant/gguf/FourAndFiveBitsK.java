package io.github.lora4j.quant.gguf;

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
  static void four(byte[] src, int block, int index, Parts dst, int to) {
    scales(src, block, index, dst, to);
    int codes = block + AFTER_SCALES + index / 2 * 32;
    int shift = index % 2 * 4;
    int at = to * GroupCodec.SIZE;
    four(src, codes, shift, dst.codes, at);
    four(src, codes + 8, shift, dst.codes, at + 8);
    four(src, codes + 16, shift, dst.codes, at + 16);
    four(src, codes + 24, shift, dst.codes, at + 24);
  }

  private static void four(byte[] src, int codes, int shift, byte[] dst, int at) {
    Eight.put(Eight.get(src, codes) >>> shift & Eight.FOUR_BITS, dst, at);
  }

  /** Q5_K. */
  static void five(byte[] src, int block, int index, Parts dst, int to) {
    scales(src, block, index, dst, to);
    int high = block + AFTER_SCALES;
    int codes = high + 32 + index / 2 * 32;
    int shift = index % 2 * 4;
    int at = to * GroupCodec.SIZE;
    five(src, codes, shift, high, index, dst.codes, at);
    five(src, codes + 8, shift, high + 8, index, dst.codes, at + 8);
    five(src, codes + 16, shift, high + 16, index, dst.codes, at + 16);
    five(src, codes + 24, shift, high + 24, index, dst.codes, at + 24);
  }

  private static void five(
      byte[] src, int codes, int shift, int high, int index, byte[] dst, int at) {
    long low = Eight.get(src, codes) >>> shift & Eight.FOUR_BITS;
    long bit = Eight.get(src, high) >>> index & Eight.ONES;
    Eight.put(low | bit << 4, dst, at);
  }

  private static void scales(byte[] src, int block, int index, Parts dst, int to) {
    dst.scale(to, Half.get(src, block) * scale(src, block + SCALES, index));
    dst.offset(to, -(Half.get(src, block + 2) * minimum(src, block + SCALES, index)));
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
