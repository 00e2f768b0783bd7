package io.github.lora4j.quant.gguf;

import io.github.lora4j.compute.Kernels;

/**
 * Q6_K, blocks of 256 codes in 16 parts of 16: 128 bytes with four bits of each code, 64 with two
 * more, 16 signed scales, d. A value is {@code (d * scale) * (code - 32)}.
 *
 * <p>Of each 64 bytes the lower halves are groups 0 and 1, the upper halves 2 and 3; of each 32
 * bytes with the upper bits, each pair of bits is a group.
 */
final class SixBitsK {
  private static final int HALF = 16;

  private SixBitsK() {}

  static void six(
      Kernels kernels, byte[] src, int block, int index, byte[] codes, float[] dst, int at) {
    float d = Half.get(src, block + 208);
    int inHalf = index % 4;
    Unpack.fields(src, block + index / 4 * 64 + inHalf % 2 * 32, inHalf / 2 * 4, 4, codes);
    Unpack.addFields(src, block + 128 + index / 4 * 32, inHalf * 2, 2, 4, codes);
    for (int part = 0; part < 2; part++) {
      float scale = d * src[block + 192 + 2 * index + part];
      kernels.scaleCodes(codes, part * HALF, HALF, 32, scale, dst, at + part * HALF);
    }
  }
}
