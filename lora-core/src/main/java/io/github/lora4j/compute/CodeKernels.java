package io.github.lora4j.compute;

import io.github.lora4j.tensor.FewRows;
import io.github.lora4j.tensor.HalfType;

/**
 * What turns packed weights into numbers, or multiplies them without doing so, on one thread.
 * Implementations are stateless and thread-safe.
 */
public interface CodeKernels {
  /**
   * Decodes 4-bit codes of 16 of the 32 rows of a strip, column after column. Eight columns take an
   * int of each row: {@code codes[strip + 32 * (c / 8) + r]} holds the code of column c of row r
   * from bit {@code c % 8 * 4} on, and what it says, {@code table[code] * scales[scale + r]}, goes
   * to {@code dst[at + (c - col) * stride + r]}.
   *
   * @param strip where the strip begins, 16 more for its second half
   * @param col the first column
   * @param cols how many
   * @param table the 16 values
   * @param scale where the scales of the rows begin
   */
  void decodeNibbles(
      int[] codes,
      int strip,
      int col,
      int cols,
      float[] table,
      float[] scales,
      int scale,
      float[] dst,
      int at,
      int stride);

  /**
   * The same codes row after row: that of column c of row r goes to {@code dst[at + r * stride + c
   * - col]}.
   *
   * @param strip where the strip begins, and as many more as rows of it are left out
   * @param col the first column, a multiple of 16
   * @param cols how many, a multiple of 16
   */
  void decodeNibbleRows(
      int[] codes,
      int strip,
      int rows,
      int col,
      int cols,
      float[] table,
      float[] scales,
      int scale,
      float[] dst,
      int at,
      int stride);

  /** The most rows of x with which these products are faster than decoding to memory. */
  int mostRows();

  /** The same for {@link #multiplyNibbles}. */
  int mostNibbleRows();

  /**
   * Multiplies 4-bit codes of all 32 rows of a strip, as {@link #decodeNibbles} finds them, with
   * columns of a few rows of x: {@code sums[32 * i + r] += scales[scale + r] * sum over c of
   * table[code(r, c)] * x[i, c]}.
   *
   * @param sums with room for a multiple of four rows of x: what lies behind them is not defined
   */
  void multiplyNibbles(
      int[] codes,
      int strip,
      int col,
      int cols,
      float[] table,
      float[] scales,
      int scale,
      FewRows x,
      float[] sums);

  /**
   * If products over {@link CodeStrips} are faster here than over the blocks of a file.
   *
   * @param even {@link CodeStrips#even}
   */
  boolean prefersStrips(boolean even);

  /**
   * Decodes 16 rows of a strip, column after column: row r of column c goes to {@code dst[at + (c -
   * col) * stride + r]}.
   *
   * @param half 0 for the first rows of the strip, 1 for the others
   * @param col the first column
   * @param cols how many
   */
  void decodeStrip(
      CodeStrips w, int strip, int half, int col, int cols, float[] dst, int at, int stride);

  /**
   * Decodes rows of a strip, row after row: column c of the r-th of them goes to {@code dst[at + r
   * * stride + c - col]}.
   *
   * @param row the first row
   * @param rows how many
   * @param col the first column, a multiple of 16
   * @param cols how many, a multiple of 16
   */
  void decodeStripRows(
      CodeStrips w,
      int strip,
      int row,
      int rows,
      int col,
      int cols,
      float[] dst,
      int at,
      int stride);

  /**
   * Multiplies a strip with a few rows of x: {@code sums[32 * i + r]} becomes the sum over columns.
   *
   * @param sumsOfX over the columns of each block, row after row; not read without offsets
   * @param sums as for {@link #multiplyNibbles}
   */
  void multiplyStrip(CodeStrips w, int strip, FewRows x, float[] sumsOfX, float[] sums);

  /**
   * Widens 16-bit numbers of 16 rows, column after column, exactly: that of row r in column c goes
   * from {@code bits[from + c * 16 + r]} to {@code dst[at + c * stride + r]}.
   */
  void widen(HalfType type, short[] bits, int from, int cols, float[] dst, int at, int stride);

  /**
   * Multiplies 16-bit numbers of 16 rows, as {@link #widen} finds them, with a few rows of x:
   * {@code sums[16 * i + r]} becomes the sum over columns.
   *
   * @param sums as for {@link #multiplyNibbles}
   */
  void multiplyHalves(HalfType type, short[] bits, int from, FewRows x, float[] sums);

  /**
   * The sum of {@code x[xo + i]} times the i-th of {@code count} 16-bit numbers, little-endian from
   * {@code src[from]} on.
   */
  float dotHalves(HalfType type, byte[] src, int from, float[] x, int xo, int count);

  /**
   * Puts the codes of some groups of a block together, as signed bytes: those of group {@code first
   * + n} go to {@code dst[to + 32 * n .. ]}.
   *
   * @param block where the block begins
   */
  void unpackCodes(
      byte[] src, int block, CodeLayout layout, int first, int count, byte[] dst, int to);

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
   * Multiplies a block, as {@link #unpackCodes} finds its codes, with columns of a few rows of x.
   * The value of code i is {@code scales[i / 16] * code + offsets[i / 16]}; its products with
   * {@code x[n, col + i]} are added to {@code sums[16 * n .. 16 * n + 16)}, which together are the
   * sum.
   *
   * @param offsets zeros where nothing is added
   * @param sums as for {@link #multiplyNibbles}
   */
  void multiplyGroups(
      byte[] bytes,
      int block,
      CodeLayout layout,
      float[] scales,
      float[] offsets,
      FewRows x,
      int col,
      float[] sums);

  /**
   * Multiplies rows of blocks of 4-bit codes with a few rows of x: {@code y[n, to + r]} becomes the
   * sum over blocks b of {@code scale(r, b) * sum over i of code(r, b, i) * x[n, 32 * b + i]} and
   * {@code factor * offset(r, b) * sums[n, b]}. Byte i of the 16 of a block holds code i in its
   * lower and code i + 16 in its upper half.
   *
   * @param sums for each row of x, one of its values for each block
   */
  void multiplyNibbleBlocks(BlockRows rows, FewRows x, float[] sums, int to);

  /**
   * The same for blocks of 5-bit codes. Bit i of the four bytes before the 16 is the highest of
   * code i; the others lie as those of 4 bits.
   */
  void multiplyFiveBitBlocks(BlockRows rows, FewRows x, int to);

  /** The same for blocks of signed bytes, without offsets. */
  void multiplyByteBlocks(BlockRows rows, FewRows x, int to);

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
