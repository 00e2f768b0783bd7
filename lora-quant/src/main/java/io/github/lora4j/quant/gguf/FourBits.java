package io.github.lora4j.quant.gguf;

/**
 * Blocks of 32 codes of 4 bits: byte i holds value i in its lower and value i + 16 in its upper
 * half. A half-precision scale d lies before them, in Q4_1 also a minimum m.
 */
final class FourBits {
  /** The values of IQ4_NL, by code. */
  private static final float[] UNEVEN = {
    -127, -104, -83, -65, -49, -35, -22, -10, 1, 13, 25, 38, 53, 69, 89, 113
  };

  private FourBits() {}

  /** Q4_0: {@code d * (code - 8)}. */
  static void centred(byte[] src, int block, int index, float[] dst, int at) {
    float d = Half.get(src, block);
    for (int i = 0, from = block + 2; i < 16; i++) {
      int pair = src[from + i];
      dst[at + i] = d * ((pair & 15) - 8);
      dst[at + i + 16] = d * ((pair >> 4 & 15) - 8);
    }
  }

  /** Q4_1: {@code d * code + m}. */
  static void shifted(byte[] src, int block, int index, float[] dst, int at) {
    float d = Half.get(src, block);
    float m = Half.get(src, block + 2);
    for (int i = 0, from = block + 4; i < 16; i++) {
      int pair = src[from + i];
      dst[at + i] = d * (pair & 15) + m;
      dst[at + i + 16] = d * (pair >> 4 & 15) + m;
    }
  }

  /** IQ4_NL: {@code d * value of the code}. */
  static void uneven(byte[] src, int block, int index, float[] dst, int at) {
    float d = Half.get(src, block);
    for (int i = 0, from = block + 2; i < 16; i++) {
      int pair = src[from + i];
      dst[at + i] = d * UNEVEN[pair & 15];
      dst[at + i + 16] = d * UNEVEN[pair >> 4 & 15];
    }
  }
}
