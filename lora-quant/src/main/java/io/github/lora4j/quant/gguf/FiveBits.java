package io.github.lora4j.quant.gguf;

/**
 * Blocks of 32 codes of 5 bits: the lower four as in {@link FourBits}; before them 32 bits, bit i
 * of which is the highest of code i.
 */
final class FiveBits {
  private FiveBits() {}

  /** Q5_0: {@code d * (code - 16)}. */
  static void centred(byte[] src, int block, int index, float[] dst, int at) {
    float d = Half.get(src, block);
    int high = high(src, block + 2);
    for (int i = 0, from = block + 6; i < 16; i++, high >>>= 1) {
      int pair = src[from + i];
      dst[at + i] = d * ((pair & 15 | (high & 1) << 4) - 16);
      dst[at + i + 16] = d * ((pair >> 4 & 15 | high >> 12 & 16) - 16);
    }
  }

  /** Q5_1: {@code d * code + m}. */
  static void shifted(byte[] src, int block, int index, float[] dst, int at) {
    float d = Half.get(src, block);
    float m = Half.get(src, block + 2);
    int high = high(src, block + 4);
    for (int i = 0, from = block + 8; i < 16; i++, high >>>= 1) {
      int pair = src[from + i];
      dst[at + i] = d * (pair & 15 | (high & 1) << 4) + m;
      dst[at + i + 16] = d * (pair >> 4 & 15 | high >> 12 & 16) + m;
    }
  }

  private static int high(byte[] src, int at) {
    return src[at] & 255 | (src[at + 1] & 255) << 8 | (src[at + 2] & 255) << 16 | src[at + 3] << 24;
  }
}
