package io.github.lora4j.quant.gguf;

import io.github.lora4j.compute.Kernels;
import io.github.lora4j.tensor.FewRows;
import io.github.lora4j.tensor.VectorProduct;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;

/**
 * A frozen weight in a block type of GGUF, kept as the file holds it, in memory or in the mapped
 * file, and decoded to float32 a part at a time.
 */
public final class GgufMatrix implements VectorProduct {
  /** Rows of a share of a product with one row. */
  private static final int GROUP = 8;

  /** Copied at once for such a product: a burst of memory, and little enough to stay near. */
  private static final int COPIED_BYTES = 12 << 10;

  /** What a thread copies to: a new array for each share would push weights out of the cache. */
  private static final ThreadLocal<byte[]> COPY =
      ThreadLocal.withInitial(() -> new byte[COPIED_BYTES]);

  private final Kernels kernels;
  private final GgufType type;
  private final int out;
  private final int in;
  private final PackedRows rows;

  /**
   * A weight in an array.
   *
   * @param kernels that decode
   * @param data {@code out} rows one after the other, each a whole number of blocks; not copied
   * @throws IllegalArgumentException if rows are not whole blocks, or the length does not fit the
   *     shape
   */
  public GgufMatrix(Kernels kernels, GgufType type, int out, int in, byte[] data) {
    this(kernels, type, out, in, inArray(type, out, in, data));
  }

  /**
   * A weight that stays where it is, such as in a mapped file.
   *
   * @param kernels that decode
   * @param rows {@code out} rows, each a whole number of blocks
   * @throws IllegalArgumentException if rows are not whole blocks, or the rows do not fit the shape
   */
  public GgufMatrix(Kernels kernels, GgufType type, int out, int in, PackedRows rows) {
    long bytes = type.bytes(out, in);
    if (rows.rows() != out || rows.bytes() != bytes) {
      throw unfit(type, out, in, rows.bytes());
    }
    this.kernels = kernels;
    this.type = type;
    this.out = out;
    this.in = in;
    this.rows = rows;
  }

  private static PackedRows inArray(GgufType type, int out, int in, byte[] data) {
    if (data.length != type.bytes(out, in)) {
      throw unfit(type, out, in, data.length);
    }
    return PackedRows.of(List.of(ByteBuffer.wrap(data)), out, data.length / out);
  }

  private static IllegalArgumentException unfit(GgufType type, int out, int in, long bytes) {
    return new IllegalArgumentException(
        "a ["
            + out
            + ", "
            + in
            + "] matrix of type "
            + type
            + " takes "
            + type.bytes(out, in)
            + " bytes, got "
            + bytes);
  }

  /** The type of all blocks. */
  public GgufType type() {
    return type;
  }

  /** The blocks. */
  public PackedRows rows() {
    return rows;
  }

  /** The same with its blocks in memory. */
  GgufMatrix inMemory() {
    byte[] data = new byte[arrayLength(rows.bytes())];
    rows.copy(0, out, 0, rows.rowBytes(), data, 0);
    return new GgufMatrix(kernels, type, out, in, data);
  }

  /**
   * A length for an array that holds this matrix in another way.
   *
   * @throws IllegalArgumentException if no array is so long
   */
  int arrayLength(long length) {
    if (length > Integer.MAX_VALUE - 8) {
      throw new IllegalArgumentException(
          "a [" + out + ", " + in + "] matrix of type " + type + " is larger than a Java array");
    }
    return (int) length;
  }

  @Override
  public int out() {
    return out;
  }

  @Override
  public int in() {
    return in;
  }

  @Override
  public long bytes() {
    return rows.bytes();
  }

  @Override
  public void decodePanel(int row, int rows, int col, int cols, float[] dst, int at, int width) {
    int from = down(col);
    int length = up(col + cols) - from;
    float[] whole = length == cols ? dst : new float[length * width];
    int to = length == cols ? at : 0;
    int first = firstByte(from);
    int bytes = firstByte(from + length + type.blockSize() - 1) - first;
    byte[] packed = new byte[rows * bytes];
    this.rows.copy(row, rows, first, bytes, packed, 0);
    decoder(packed).panel(0, bytes, rows, from % type.blockSize(), length, whole, to, width);
    if (whole != dst) {
      System.arraycopy(whole, (col - from) * width, dst, at, cols * width);
    }
  }

  @Override
  public void decodeRows(int row, int rows, int col, int cols, float[] dst, int at, int width) {
    int from = down(col);
    int length = up(col + cols) - from;
    float[] line = length == cols ? null : new float[length];
    int first = firstByte(from);
    byte[] packed = new byte[firstByte(from + length + type.blockSize() - 1) - first];
    BlockCodec.Decoder decoder = decoder(packed);
    for (int r = 0, to = at; r < rows; r++, to += width) {
      this.rows.copy(row + r, 1, first, packed.length, packed, 0);
      if (line == null) {
        decoder.row(0, from % type.blockSize(), length, dst, to);
      } else {
        decoder.row(0, from % type.blockSize(), length, line, 0);
        System.arraycopy(line, col - from, dst, to, cols);
      }
      Arrays.fill(dst, to + cols, to + width, 0f);
    }
  }

  @Override
  public void decodeRow(int row, float[] dst, int offset) {
    byte[] packed = new byte[rows.rowBytes()];
    rows.copy(row, 1, 0, packed.length, packed, 0);
    decoder(packed).row(0, 0, in, dst, offset);
  }

  @Override
  public int group() {
    return GROUP;
  }

  @Override
  public int most() {
    return type.codec().most(kernels.codes());
  }

  @Override
  public Shares times(FewRows x) {
    float[] sums = type.codec().sums(x.x(), x.rows() * in);
    return (first, end) -> multiply(x, sums, first, end);
  }

  private void multiply(FewRows x, float[] sums, int firstGroup, int endGroup) {
    int bytes = rows.rowBytes();
    int most = Math.max(1, COPIED_BYTES / bytes);
    int end = Math.min(out, endGroup * GROUP);
    byte[] packed = COPY.get();
    if (packed.length < most * bytes) {
      packed = new byte[most * bytes];
    }
    BlockCodec.Decoder decoder = decoder(packed);
    for (int row = firstGroup * GROUP; row < end; row += most) {
      int count = Math.min(most, end - row);
      rows.copy(row, count, 0, bytes, packed, 0);
      decoder.multiply(bytes, count, x, sums, row);
    }
  }

  private BlockCodec.Decoder decoder(byte[] packed) {
    return type.codec().decoder(kernels, packed);
  }

  /** Where the block of a column begins in a row. */
  private int firstByte(int col) {
    return col / type.blockSize() * type.blockBytes();
  }

  /** The column at or before another at which decoding can begin. */
  private int down(int col) {
    return col - col % type.codec().unit();
  }

  private int up(int col) {
    return down(col + type.codec().unit() - 1);
  }
}
