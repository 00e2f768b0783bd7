package io.github.lora4j.quant.gguf;

import io.github.lora4j.compute.Kernels;

/**
 * Blocks of 32 codes of 5 bits: the lower four as in {@link FourBits}; before them 32 bits, bit i
 * of which is the highest of code i.
 */
final class FiveBits {
  private FiveBits() {}

  /** Q5_0: {@code d * (code - 16)}. */
  static void centred(
      Kernels kernels, byte[] src, int block, int index, byte[] codes, float[] dst, int at) {
    Unpack.halves(src, block + 6, codes);
    Unpack.addFifthBits(src, block + 2, codes);
    kernels.scaleCodes(codes, 0, GroupCodec.SIZE, 16, Half.get(src, block), dst, at);
  }

  /** Q5_1: {@code d * code + m}. */
  static void shifted(
      Kernels kernels, byte[] src, int block, int index, byte[] codes, float[] dst, int at) {
    float d = Half.get(src, block);
    float m = Half.get(src, block + 2);
    Unpack.halves(src, block + 8, codes);
    Unpack.addFifthBits(src, block + 4, codes);
    kernels.shiftCodes(codes, 0, GroupCodec.SIZE, d, m, dst, at);
  }
}
