package io.github.lora4j.quant;

/**
 * The order of 4-bit codes in memory: strips of 32 rows; in each, for eight columns after the other
 * an int of each row, with the first column in its lowest four bits. What is missing of the last
 * strip and the last eight columns is filled with zeros.
 */
final class Strips {
  static final int ROWS = 32;

  /** Columns of an int. */
  private static final int COLUMNS = 8;

  private Strips() {}

  /** Ints for a matrix. */
  static long length(int out, int in) {
    return (out + ROWS - 1L) / ROWS * ROWS * ((in + COLUMNS - 1L) / COLUMNS);
  }

  /** From row-major codes, two per byte, the first in the upper half. */
  static int[] pack(byte[] packed, int out, int in) {
    long length = length(out, in);
    if (length > Integer.MAX_VALUE - 8) {
      throw new IllegalArgumentException(
          "a 4-bit matrix of " + out + " x " + in + " is larger than a Java array");
    }
    int[] strips = new int[(int) length];
    for (int row = 0; row < out; row++) {
      int to = begin(in, row) + row % ROWS;
      long i = (long) row * in;
      for (int c = 0; c < in; c++, i++) {
        int pair = packed[(int) (i >> 1)];
        int code = ((i & 1) == 0 ? pair >> 4 : pair) & 15;
        strips[to + c / COLUMNS * ROWS] |= code << shift(c);
      }
    }
    return strips;
  }

  /** Back to row-major codes. */
  static byte[] unpack(int[] strips, int out, int in) {
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

  /** Where the strip of a row begins. */
  static int begin(int in, int row) {
    return row / ROWS * ROWS * ((in + COLUMNS - 1) / COLUMNS);
  }

  static int code(int[] strips, int in, int row, int column) {
    return strips[begin(in, row) + column / COLUMNS * ROWS + row % ROWS] >>> shift(column) & 15;
  }

  private static int shift(int column) {
    return column % COLUMNS * 4;
  }
}
