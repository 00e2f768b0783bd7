package io.github.lora4j.compute;

import io.github.lora4j.tensor.HalfType;

/**
 * What turns packed weights into numbers, or multiplies them without doing so, on one thread.
 * Implementations are stateless and thread-safe.
 */
public interface CodeKernels {
  /**
   * Decodes 4-bit codes of 16 rows, column after column. Byte j of the eight of a column holds the
   * code of row j in its lower half and that of row j + 8 in its upper half; row r of column c goes
   * to {@code dst[at + c * stride + r]} as {@code table[code] * scales[r]}.
   *
   * @param table the 16 values
   * @param scales one for each row
   */
  void decodeNibbles(
      byte[] codes,
      int from,
      int cols,
      float[] table,
      float[] scales,
      float[] dst,
      int at,
      int stride);

  /**
   * Multiplies 4-bit codes of 16 rows, as {@link #decodeNibbles} finds them, with one vector:
   * {@code sums[r] += scales[r] * sum over c of table[code(r, c)] * x[xo + c]}.
   */
  void multiplyNibbles(
      byte[] codes,
      int from,
      int cols,
      float[] table,
      float[] scales,
      float[] x,
      int xo,
      float[] sums);

  /**
   * Widens 16-bit numbers of 16 rows, column after column, exactly: that of row r in column c goes
   * from {@code bits[from + c * 16 + r]} to {@code dst[at + c * stride + r]}.
   */
  void widen(HalfType type, short[] bits, int from, int cols, float[] dst, int at, int stride);

  /**
   * The sum of {@code x[xo + i]} times the i-th of {@code count} 16-bit numbers, little-endian from
   * {@code src[from]} on.
   */
  float dotHalves(HalfType type, byte[] src, int from, float[] x, int xo, int count);

  /**
   * Decodes a row of bytes in parts of 16: byte i of part p becomes {@code scales[p] * codes[16 * p
   * + i]}, and if there are offsets, {@code offsets[p]} more, the product and the sum each rounded.
   *
   * @param offsets null where nothing is added: a sum with 0 would lose the sign of -0
   * @param part the first part
   * @param parts how many, to {@code dst[at .. at + 16 * parts)}
   */
  void decodeByteRow(
      byte[] codes, float[] scales, float[] offsets, int part, int parts, float[] dst, int at);

  /**
   * Multiplies a row of bytes in parts of 16 with a vector: the sum over parts p and bytes i of
   * {@code scales[p] * codes[16 * p + i] * x[xo + 16 * (p - part) + i]}.
   *
   * @param part the first part
   * @param parts how many
   */
  float multiplyByteRow(byte[] codes, float[] scales, int part, int parts, float[] x, int xo);

  /**
   * Multiplies rows of blocks of 4-bit codes with a vector: {@code y[to + r]} becomes the sum over
   * blocks b of {@code scale(r, b) * sum over i of code(r, b, i) * x[32 * b + i]} and {@code
   * offset(r, b) * sums[b]}. Byte i of the 16 of a block holds code i in its lower and code i + 16
   * in its upper half.
   */
  void multiplyNibbleBlocks(BlockRows rows, float[] x, float[] sums, float[] y, int to);

  /** The same for blocks of signed bytes, without offsets. */
  void multiplyByteBlocks(BlockRows rows, float[] x, float[] y, int to);

  /**
   * Decodes bytes of eight rows of 32 columns and puts them side by side. Row r of column c has its
   * code at {@code codes[32 * r + c]} and in part {@code p = c / 16} the scale {@code scales[8 * p
   * + r]}, and if there are offsets, the offset there; as with {@link #decodeByteRow}. Row r of the
   * n-th column of those that are decoded goes to {@code dst[at + n * stride + r]}.
   *
   * @param codes 256; what is there afterwards is not defined
   * @param part the first part, 0 or 1
   * @param parts how many
   */
  void decodeByteColumns(
      byte[] codes,
      float[] scales,
      float[] offsets,
      int part,
      int parts,
      float[] dst,
      int at,
      int stride);
}
