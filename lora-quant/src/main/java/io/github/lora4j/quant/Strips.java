package io.github.lora4j.quant;

/**
 * The order of 4-bit codes in memory: strips of 16 rows; in each, column after column, eight bytes
 * of which byte j holds row j in its lower and row j + 8 in its upper half. The last strip is
 * filled with zeros.
 */
final class Strips {
  static final int ROWS = 16;

  /** Bytes of one column. */
  static final int BYTES = 8;

  private Strips() {}

  /** From row-major codes, two per byte, the first in the upper half. */
  static byte[] pack(byte[] packed, int out, int in) {
    long length = (out + ROWS - 1L) / ROWS * in * BYTES;
    if (length > Integer.MAX_VALUE - 8) {
      throw new IllegalArgumentException(
          "a 4-bit matrix of " + out + " x " + in + " is larger than a Java array");
    }
    byte[] strips = new byte[(int) length];
    for (int row = 0; row < out; row++) {
      int to = row / ROWS * in * BYTES + row % BYTES;
      int shift = row % ROWS < BYTES ? 0 : 4;
      long i = (long) row * in;
      for (int c = 0; c < in; c++, i++) {
        int pair = packed[(int) (i >> 1)];
        int code = ((i & 1) == 0 ? pair >> 4 : pair) & 15;
        strips[to + c * BYTES] |= (byte) (code << shift);
      }
    }
    return strips;
  }

  /** Back to row-major codes. */
  static byte[] unpack(byte[] strips, int out, int in) {
    long weights = (long) out * in;
    byte[] packed = new byte[(int) ((weights + 1) / 2)];
    long i = 0;
    for (int row = 0; row < out; row++) {
      for (int c = 0; c < in; c++, i++) {
        int code = code(strips, in, row, c);
        packed[(int) (i >> 1)] |= (byte) ((i & 1) == 0 ? code << 4 : code);
      }
    }
    return packed;
  }

  static int code(byte[] strips, int in, int row, int column) {
    int pair = strips[(row / ROWS * in + column) * BYTES + row % BYTES];
    return (row % ROWS < BYTES ? pair : pair >> 4) & 15;
  }
}
