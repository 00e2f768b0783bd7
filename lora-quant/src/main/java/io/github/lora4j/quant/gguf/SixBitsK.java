package io.github.lora4j.quant.gguf;

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

  static void six(byte[] src, int block, int index, float[] dst, int at) {
    float d = Half.get(src, block + 208);
    int inHalf = index % 4;
    int low = block + index / 4 * 64 + inHalf % 2 * 32;
    int lowShift = inHalf / 2 * 4;
    int high = block + 128 + index / 4 * 32;
    int highShift = inHalf * 2;
    for (int part = 0; part < 2; part++) {
      float scale = d * src[block + 192 + 2 * index + part];
      for (int i = part * HALF; i < (part + 1) * HALF; i++) {
        int code = src[low + i] >> lowShift & 15 | (src[high + i] >> highShift & 3) << 4;
        dst[at + i] = scale * (code - 32);
      }
    }
  }
}
