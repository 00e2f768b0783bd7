package io.github.lora4j.quant.gguf;

import io.github.lora4j.compute.CodeStrips;
import io.github.lora4j.compute.Compute;
import io.github.lora4j.compute.Kernels;
import io.github.lora4j.compute.StripMatrix;
import io.github.lora4j.tensor.FewRows;
import io.github.lora4j.tensor.FrozenMatrix;

/**
 * A frozen weight in a block type of GGUF whose codes are held in memory in the order in which
 * kernels read them, with the same values: products with one row are some times as fast as over the
 * blocks of a file, for up to twice the bytes.
 */
public final class StripGgufMatrix extends StripMatrix {
  private static final int STRIP_ROWS = CodeStrips.ROWS;

  private final CodeStrips strips;

  private StripGgufMatrix(Compute compute, int out, CodeStrips strips) {
    super(compute.kernels(), out, strips.in(), STRIP_ROWS);
    this.strips = strips;
  }

  /**
   * Holds a weight in memory, in strips where there is a form for its type and the kernels prefer
   * them, otherwise as its blocks are.
   *
   * @param matrix is read once, on all threads
   * @throws IllegalArgumentException if it is larger than a Java array
   */
  public static FrozenMatrix pack(Compute compute, GgufMatrix matrix) {
    StripForm form = StripForm.of(matrix.type());
    return form != null && compute.kernels().codes().prefersStrips(CodeStrips.isEven(form.table()))
        ? strips(compute, matrix, form)
        : matrix.inMemory();
  }

  /** Bytes of what {@link #pack} makes. */
  public static long bytes(Kernels kernels, GgufType type, int out, int in) {
    StripForm form = StripForm.of(type);
    if (form == null || !kernels.codes().prefersStrips(CodeStrips.isEven(form.table()))) {
      return type.bytes(out, in);
    }
    long values = (long) (out + STRIP_ROWS - 1) / STRIP_ROWS * STRIP_ROWS * in;
    int scales = ((GroupCodec) type.codec()).offsets() ? 2 : 1;
    return values * form.bits() / 8 + Float.BYTES * scales * (values >> form.blockBits());
  }

  /** In strips, whatever the kernels prefer. */
  static FrozenMatrix strips(Compute compute, GgufMatrix matrix, StripForm form) {
    int in = matrix.in();
    GroupCodec codec = (GroupCodec) matrix.type().codec();
    int count = (matrix.out() + STRIP_ROWS - 1) / STRIP_ROWS;
    int blocks = in >> form.blockBits();
    CodeStrips strips =
        new CodeStrips(
            form.bits(),
            in,
            new int[matrix.arrayLength((long) count * in * form.bits())],
            form.table(),
            new float[matrix.arrayLength((long) count * blocks * STRIP_ROWS)],
            codec.offsets() ? new float[count * blocks * STRIP_ROWS] : null,
            form.blockBits());
    byte[] codes = form.codes();
    compute
        .pool()
        .forRanges(
            count,
            1,
            (from, to) -> {
              StripWriter writer = new StripWriter(compute.kernels().codes(), codec, codes, strips);
              byte[] row = new byte[matrix.rows().rowBytes()];
              int end = Math.min(matrix.out(), to * STRIP_ROWS);
              for (int r = from * STRIP_ROWS; r < end; r++) {
                matrix.rows().copy(r, 1, 0, row.length, row, 0);
                writer.write(row, r);
              }
            });
    return new StripGgufMatrix(compute, matrix.out(), strips);
  }

  @Override
  public long bytes() {
    long scales = strips.scales().length;
    return 4 * (strips.codes().length + (strips.offsets() == null ? scales : 2 * scales));
  }

  @Override
  public int most() {
    return kernels().codes().mostRows();
  }

  @Override
  public void decodeRow(int row, float[] dst, int offset) {
    for (int c = 0; c < in(); c++) {
      dst[offset + c] = strips.value(row / STRIP_ROWS, row % STRIP_ROWS, c);
    }
  }

  @Override
  protected float[] scratch(FewRows x) {
    return strips.offsets() == null
        ? null
        : PartSums.of(x.x(), x.rows() * in(), 1 << strips.blockBits());
  }

  @Override
  protected void multiply(int row, int rows, FewRows x, float[] sums, float[] scratch) {
    kernels().codes().multiplyStrip(strips, row / STRIP_ROWS, x, scratch, sums);
  }

  @Override
  protected void strip(int row, int rows, int col, int cols, float[] dst, int at, int width) {
    int half = row % STRIP_ROWS / STRIP;
    kernels().codes().decodeStrip(strips, row / STRIP_ROWS, half, col, cols, dst, at, width);
    clearOthers(row, rows, cols, dst, at, width);
  }

  @Override
  protected boolean rows(int row, int rows, int col, int cols, float[] dst, int at, int width) {
    kernels()
        .codes()
        .decodeStripRows(
            strips, row / STRIP_ROWS, row % STRIP_ROWS, rows, col, cols, dst, at, width);
    return true;
  }
}
