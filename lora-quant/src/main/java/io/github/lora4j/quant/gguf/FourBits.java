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

  /** By two codes, the first in the lower half. */
  private static final char[] UNEVEN_TWOS = twos(UNEVEN);

  private FourBits() {}

  /** The 16 values of IQ4_NL. */
  static float[] uneven() {
    float[] values = new float[UNEVEN.length];
    for (int i = 0; i < values.length; i++) {
      values[i] = UNEVEN[i];
    }
    return values;
  }

  /** Q4_0: {@code d * (code - 8)}. */
  static void centred(byte[] src, int block, Parts dst, int to) {
    dst.scale(to, Half.get(src, block));
    int at = to * GroupCodec.SIZE;
    long first = Eight.get(src, block + 2);
    long second = Eight.get(src, block + 10);
    Eight.put(Eight.minus(first & Eight.FOUR_BITS, 8), dst.codes, at);
    Eight.put(Eight.minus(second & Eight.FOUR_BITS, 8), dst.codes, at + 8);
    Eight.put(Eight.minus(first >>> 4 & Eight.FOUR_BITS, 8), dst.codes, at + 16);
    Eight.put(Eight.minus(second >>> 4 & Eight.FOUR_BITS, 8), dst.codes, at + 24);
  }

  /** Q4_1: {@code d * code + m}. */
  static void shifted(byte[] src, int block, Parts dst, int to) {
    dst.scale(to, Half.get(src, block));
    dst.offset(to, Half.get(src, block + 2));
    int at = to * GroupCodec.SIZE;
    long first = Eight.get(src, block + 4);
    long second = Eight.get(src, block + 12);
    Eight.put(first & Eight.FOUR_BITS, dst.codes, at);
    Eight.put(second & Eight.FOUR_BITS, dst.codes, at + 8);
    Eight.put(first >>> 4 & Eight.FOUR_BITS, dst.codes, at + 16);
    Eight.put(second >>> 4 & Eight.FOUR_BITS, dst.codes, at + 24);
  }

  /** IQ4_NL: {@code d * value of the code}. */
  static void uneven(byte[] src, int block, Parts dst, int to) {
    dst.scale(to, Half.get(src, block));
    int at = to * GroupCodec.SIZE;
    long first = Eight.get(src, block + 2);
    long second = Eight.get(src, block + 10);
    Eight.put(uneven(first & Eight.FOUR_BITS), dst.codes, at);
    Eight.put(uneven(second & Eight.FOUR_BITS), dst.codes, at + 8);
    Eight.put(uneven(first >>> 4 & Eight.FOUR_BITS), dst.codes, at + 16);
    Eight.put(uneven(second >>> 4 & Eight.FOUR_BITS), dst.codes, at + 24);
  }

  /** Looks up eight codes, two at a time. */
  private static long uneven(long codes) {
    long twos = codes | codes >>> 4;
    return UNEVEN_TWOS[(int) twos & 255]
        | (long) UNEVEN_TWOS[(int) (twos >>> 16) & 255] << 16
        | (long) UNEVEN_TWOS[(int) (twos >>> 32) & 255] << 32
        | (long) UNEVEN_TWOS[(int) (twos >>> 48) & 255] << 48;
  }

  private static char[] twos(byte[] values) {
    char[] twos = new char[256];
    for (int i = 0; i < twos.length; i++) {
      twos[i] = (char) (values[i & 15] & 255 | (values[i >> 4] & 255) << 8);
    }
    return twos;
  }
}
