package io.github.lora4j.quant.gguf;

/**
 * Q6_K, blocks of 256 codes in 16 parts of 16: 128 bytes with four bits of each code, 64 with two
 * more, 16 signed scales, d. A value is {@code (d * scale) * (code - 32)}.
 *
 * <p>Of each 64 bytes the lower halves are groups 0 and 1, the upper halves 2 and 3; of each 32
 * bytes with the upper bits, each pair of bits is a group.
 */
final class SixBitsK {
  private SixBitsK() {}

  static void six(byte[] src, int block, int index, Parts dst, int to) {
    float d = Half.get(src, block + 208);
    dst.scale(to, 0, d * src[block + 192 + 2 * index]);
    dst.scale(to, 1, d * src[block + 192 + 2 * index + 1]);
    int inHalf = index % 4;
    int low = block + index / 4 * 64 + inHalf % 2 * 32;
    int lowShift = inHalf / 2 * 4;
    int high = block + 128 + index / 4 * 32;
    int highShift = inHalf * 2;
    int at = to * GroupCodec.SIZE;
    eight(src, low, lowShift, high, highShift, dst.codes, at);
    eight(src, low + 8, lowShift, high + 8, highShift, dst.codes, at + 8);
    eight(src, low + 16, lowShift, high + 16, highShift, dst.codes, at + 16);
    eight(src, low + 24, lowShift, high + 24, highShift, dst.codes, at + 24);
  }

  private static void eight(
      byte[] src, int low, int lowShift, int high, int highShift, byte[] dst, int at) {
    long codes =
        Eight.get(src, low) >>> lowShift & Eight.FOUR_BITS
            | (Eight.get(src, high) >>> highShift & Eight.TWO_BITS) << 4;
    Eight.put(Eight.minus(codes, 32), dst, at);
  }
}
