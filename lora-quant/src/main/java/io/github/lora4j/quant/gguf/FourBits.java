package io.github.lora4j.quant.gguf;

import io.github.lora4j.compute.Kernels;

/**
 * Blocks of 32 codes of 4 bits: byte i holds value i in its lower and value i + 16 in its upper
 * half. A half-precision scale d lies before them, in Q4_1 also a minimum m.
 */
final class FourBits {
  /** The values of IQ4_NL, by code. */
  private static final byte[] UNEVEN = {
    -127, -104, -83, -65, -49, -35, -22, -10, 1, 13, 25, 38, 53, 69, 89, 113
  };

  private FourBits() {}

  /** Q4_0: {@code d * (code - 8)}. */
  static void centred(
      Kernels kernels, byte[] src, int block, int index, byte[] codes, float[] dst, int at) {
    Unpack.halves(src, block + 2, codes);
    kernels.scaleCodes(codes, 0, GroupCodec.SIZE, 8, Half.get(src, block), dst, at);
  }

  /** Q4_1: {@code d * code + m}. */
  static void shifted(
      Kernels kernels, byte[] src, int block, int index, byte[] codes, float[] dst, int at) {
    float d = Half.get(src, block);
    float m = Half.get(src, block + 2);
    Unpack.halves(src, block + 4, codes);
    kernels.shiftCodes(codes, 0, GroupCodec.SIZE, d, m, dst, at);
  }

  /** IQ4_NL: {@code d * value of the code}. */
  static void uneven(
      Kernels kernels, byte[] src, int block, int index, byte[] codes, float[] dst, int at) {
    for (int i = 0, from = block + 2; i < 16; i++) {
      int pair = src[from + i];
      codes[i] = UNEVEN[pair & 15];
      codes[i + 16] = UNEVEN[pair >> 4 & 15];
    }
    kernels.scaleCodes(codes, 0, GroupCodec.SIZE, 0, Half.get(src, block), dst, at);
  }
}
