package io.github.lora4j.quant.gguf;

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
  static void centred(byte[] src, int block, int index, Parts dst, int to) {
    dst.scale(to, Half.get(src, block));
    int at = to * GroupCodec.SIZE;
    for (int i = 0; i < 16; i += 8) {
      long pairs = Eight.get(src, block + 2 + i);
      Eight.put(Eight.minus(pairs & Eight.FOUR_BITS, 8), dst.codes, at + i);
      Eight.put(Eight.minus(pairs >>> 4 & Eight.FOUR_BITS, 8), dst.codes, at + 16 + i);
    }
  }

  /** Q4_1: {@code d * code + m}. */
  static void shifted(byte[] src, int block, int index, Parts dst, int to) {
    dst.scale(to, Half.get(src, block));
    dst.offset(to, Half.get(src, block + 2));
    int at = to * GroupCodec.SIZE;
    for (int i = 0; i < 16; i += 8) {
      long pairs = Eight.get(src, block + 4 + i);
      Eight.put(pairs & Eight.FOUR_BITS, dst.codes, at + i);
      Eight.put(pairs >>> 4 & Eight.FOUR_BITS, dst.codes, at + 16 + i);
    }
  }

  /** IQ4_NL: {@code d * value of the code}. */
  static void uneven(byte[] src, int block, int index, Parts dst, int to) {
    dst.scale(to, Half.get(src, block));
    int at = to * GroupCodec.SIZE;
    for (int i = 0; i < 16; i++) {
      int pair = src[block + 2 + i];
      dst.codes[at + i] = UNEVEN[pair & 15];
      dst.codes[at + 16 + i] = UNEVEN[pair >> 4 & 15];
    }
  }
}
