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
    for (int i = 0; i < GroupCodec.SIZE; i += 8) {
      long codes =
          Eight.get(src, low + i) >>> lowShift & Eight.FOUR_BITS
              | (Eight.get(src, high + i) >>> highShift & Eight.TWO_BITS) << 4;
      Eight.put(Eight.minus(codes, 32), dst.codes, at + i);
    }
  }
}
