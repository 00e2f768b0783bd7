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
  static void four(byte[] src, int block, int index, float[] dst, int at) {
    float scale = Half.get(src, block) * scale(src, block + SCALES, index);
    float minimum = Half.get(src, block + 2) * minimum(src, block + SCALES, index);
    int codes = block + AFTER_SCALES + index / 2 * 32;
    int shift = index % 2 * 4;
    for (int i = 0; i < 32; i++) {
      dst[at + i] = scale * (src[codes + i] >> shift & 15) - minimum;
    }
  }

  /** Q5_K. */
  static void five(byte[] src, int block, int index, float[] dst, int at) {
    float scale = Half.get(src, block) * scale(src, block + SCALES, index);
    float minimum = Half.get(src, block + 2) * minimum(src, block + SCALES, index);
    int high = block + AFTER_SCALES;
    int codes = high + 32 + index / 2 * 32;
    int shift = index % 2 * 4;
    for (int i = 0; i < 32; i++) {
      int code = src[codes + i] >> shift & 15 | (src[high + i] >> index & 1) << 4;
      dst[at + i] = scale * code - minimum;
    }
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
