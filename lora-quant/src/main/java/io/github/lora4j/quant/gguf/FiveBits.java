package io.github.lora4j.quant.gguf;

/**
 * Blocks of 32 codes of 5 bits: the lower four as in {@link FourBits}; before them 32 bits, bit i
 * of which is the highest of code i.
 */
final class FiveBits {
  private FiveBits() {}

  /** Q5_0: {@code d * (code - 16)}. */
  static void centred(byte[] src, int block, int index, Parts dst, int to) {
    dst.scale(to, Half.get(src, block));
    int at = to * GroupCodec.SIZE;
    for (int i = 0; i < 16; i += 8) {
      long pairs = Eight.get(src, block + 6 + i);
      Eight.put(Eight.minus(low(pairs, src, block + 2, i), 16), dst.codes, at + i);
      Eight.put(Eight.minus(high(pairs, src, block + 2, i), 16), dst.codes, at + 16 + i);
    }
  }

  /** Q5_1: {@code d * code + m}. */
  static void shifted(byte[] src, int block, int index, Parts dst, int to) {
    dst.scale(to, Half.get(src, block));
    dst.offset(to, Half.get(src, block + 2));
    int at = to * GroupCodec.SIZE;
    for (int i = 0; i < 16; i += 8) {
      long pairs = Eight.get(src, block + 8 + i);
      Eight.put(low(pairs, src, block + 4, i), dst.codes, at + i);
      Eight.put(high(pairs, src, block + 4, i), dst.codes, at + 16 + i);
    }
  }

  /** The codes of eight lower halves: the first is value i. */
  private static long low(long pairs, byte[] src, int bits, int i) {
    return pairs & Eight.FOUR_BITS | Eight.sixteens(src[bits + i / 8]);
  }

  /** The codes of eight upper halves: the first is value i + 16. */
  private static long high(long pairs, byte[] src, int bits, int i) {
    return pairs >>> 4 & Eight.FOUR_BITS | Eight.sixteens(src[bits + 2 + i / 8]);
  }
}
