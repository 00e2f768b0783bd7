package io.github.lora4j.compute;

/**
 * A weight as codes in strips of {@value #ROWS} rows. For so many columns as an int holds codes, a
 * strip has an int of each row, with the first column in the lowest bits. The value of a code is
 * {@code scale * number + offset}, with a scale and an offset for each row and block of columns.
 *
 * @param bits of a code: 4, which select a number from the table, or 8, which are a signed number
 * @param in columns, a multiple of 32
 * @param codes strip after strip
 * @param table the 16 numbers of 4-bit codes, ascending; null for 8-bit codes
 * @param scales strip after strip, for each block one of each row
 * @param offsets as the scales, or null
 * @param blockBits the logarithm of the columns of a block: 4 or 5
 */
public record CodeStrips(
    int bits, int in, int[] codes, float[] table, float[] scales, float[] offsets, int blockBits) {
  /** Rows of a strip. */
  public static final int ROWS = 32;

  /** If the numbers are evenly spaced, with steps of 1. */
  public boolean even() {
    return isEven(table);
  }

  /**
   * If numbers are evenly spaced, with steps of 1.
   *
   * @param table of 4-bit codes, or null for others, which are
   */
  public static boolean isEven(float[] table) {
    return table == null || table[15] - table[0] == 15;
  }

  /** Where the ints of a strip begin that hold a column. */
  public int code(int strip, int col) {
    return strip * in * bits + col / (Integer.SIZE / bits) * ROWS;
  }

  /** How far the code of a column is from the lower end of its int. */
  public int shift(int col) {
    return col % (Integer.SIZE / bits) * bits;
  }

  /** Where the scales and offsets of a strip begin that hold for a column. */
  public int scale(int strip, int col) {
    return (strip * (in >> blockBits) + (col >> blockBits)) * ROWS;
  }

  /** The number of a row of a strip in a column. */
  public float number(int strip, int row, int col) {
    int code = codes[code(strip, col) + row] >>> shift(col);
    return bits == 4 ? table[code & 15] : (byte) code;
  }

  /** What a strip is in a column of one of its rows. */
  public float value(int strip, int row, int col) {
    int at = scale(strip, col) + row;
    float product = scales[at] * number(strip, row, col);
    return offsets == null ? product : product + offsets[at];
  }
}
