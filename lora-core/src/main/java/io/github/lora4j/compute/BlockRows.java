package io.github.lora4j.compute;

/**
 * Where rows of blocks of 32 codes lie in an array. A block begins with its scale in half
 * precision.
 *
 * @param bytes row r begins at {@code r * rowBytes}, block b of it {@code b * blockBytes} further
 * @param rows how many
 * @param blocks of a row
 * @param blockBytes of a block
 * @param offset where a block holds a number in half precision, a multiple of which is added to all
 *     of its values; 0 is the scale
 * @param factor the multiple
 * @param codes where the codes of a block begin in it
 */
public record BlockRows(
    byte[] bytes, int rows, int blocks, int blockBytes, int offset, float factor, int codes) {
  /** Codes of a block. */
  public static final int BLOCK = 32;

  /** Bytes of a row. */
  public int rowBytes() {
    return blocks * blockBytes;
  }
}
