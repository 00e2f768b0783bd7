package io.github.lora4j.tensor;

/**
 * A weight of {@code out} rows by {@code in} columns that never changes and never has a gradient.
 *
 * <p>An implementation is one storage format. It only says how a block of itself is decoded to
 * float32; the products over it are the work of a {@link io.github.lora4j.compute.Gemm}.
 * Implementations are immutable and thread-safe.
 */
public interface FrozenMatrix {
  /** Number of rows: output features. */
  int out();

  /** Number of columns: input features. */
  int in();

  /** Bytes that the weights take in memory (or in the mapped file). */
  long bytes();

  /**
   * Decodes the block of rows {@code [row, row + rows)} and columns {@code [col, col + cols)} so
   * that the rows of one column lie together: element (r, c) goes to {@code dst[at + c * width +
   * r]}. Entries {@code rows <= r < width} are set to zero.
   */
  void decodePanel(int row, int rows, int col, int cols, float[] dst, int at, int width);

  /**
   * Decodes the block of rows {@code [row, row + rows)} and columns {@code [col, col + cols)} row
   * by row: element (r, c) goes to {@code dst[at + r * width + c]}. Entries {@code cols <= c <
   * width} are set to zero.
   */
  void decodeRows(int row, int rows, int col, int cols, float[] dst, int at, int width);

  /** Decodes one row into {@code dst[offset .. offset + in)}. */
  void decodeRow(int row, float[] dst, int offset);
}
