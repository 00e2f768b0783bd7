package io.github.lora4j.quant.gguf;

/**
 * Blocks of 32 codes of 5 bits: the lower four as in {@link FourBits}; before them 32 bits, bit i
 * of which is the highest of code i.
 */
final class FiveBits {
  private FiveBits() {}

  /** Q5_0: {@code d * (code - 16)}. */
  static void centred(byte[] src, int block, Parts dst, int to) {
    dst.scale(to, Half.get(src, block));
    int at = to * GroupCodec.SIZE;
    int high = block + 2;
    long first = Eight.get(src, block + 6);
    long second = Eight.get(src, block + 14);
    Eight.put(Eight.minus(codes(first, src[high]), 16), dst.codes, at);
    Eight.put(Eight.minus(codes(second, src[high + 1]), 16), dst.codes, at + 8);
    Eight.put(Eight.minus(codes(first >>> 4, src[high + 2]), 16), dst.codes, at + 16);
    Eight.put(Eight.minus(codes(second >>> 4, src[high + 3]), 16), dst.codes, at + 24);
  }

  /** Q5_1: {@code d * code + m}. */
  static void shifted(byte[] src, int block, Parts dst, int to) {
    dst.scale(to, Half.get(src, block));
    dst.offset(to, Half.get(src, block + 2));
    int at = to * GroupCodec.SIZE;
    int high = block + 4;
    long first = Eight.get(src, block + 8);
    long second = Eight.get(src, block + 16);
    Eight.put(codes(first, src[high]), dst.codes, at);
    Eight.put(codes(second, src[high + 1]), dst.codes, at + 8);
    Eight.put(codes(first >>> 4, src[high + 2]), dst.codes, at + 16);
    Eight.put(codes(second >>> 4, src[high + 3]), dst.codes, at + 24);
  }

  private static long codes(long low, int high) {
    return low & Eight.FOUR_BITS | Eight.sixteens(high);
  }
}
