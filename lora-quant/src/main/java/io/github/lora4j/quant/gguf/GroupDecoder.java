package io.github.lora4j.quant.gguf;

import io.github.lora4j.compute.Kernels;
import io.github.lora4j.tensor.FewRows;

/** Unpacks groups to bytes, and leaves it to the kernels to turn them into numbers. */
final class GroupDecoder extends RowDecoder {
  private static final int SIZE = GroupCodec.SIZE;
  private static final int STRIP = Parts.GROUPS;

  private final GroupCodec codec;
  private final byte[] src;

  /** What {@link #row} needs, from its first call on. */
  private Parts rows;

  /** What {@link #panel} needs besides, from its first call on. */
  private Parts columns;

  private float[] strip;

  GroupDecoder(Kernels kernels, GroupCodec codec, byte[] src) {
    super(kernels);
    this.codec = codec;
    this.src = src;
  }

  @Override
  public void row(int row, int first, int count, float[] dst, int at) {
    int end = first + count;
    for (int i = first; i < end; ) {
      int skipped = i % SIZE;
      int length = Math.min(Parts.GROUPS * SIZE - skipped, end - i);
      Parts rows = rows();
      codec.unpack(kernels.codes(), src, row, i / SIZE, (skipped + length + SIZE - 1) / SIZE, rows);
      kernels
          .codes()
          .decodeByteRow(
              rows.codes,
              rows.scales,
              rows.offsets,
              skipped / Parts.SIZE,
              length / Parts.SIZE,
              dst,
              at + i - first);
      i += length;
    }
  }

  @Override
  public void multiply(int rowBytes, int rows, FewRows x, float[] sums, int to) {
    if (codec.product() == null) {
      super.multiply(rowBytes, rows, x, sums, to);
    } else {
      codec.product().multiply(kernels, src, rowBytes, rows, x, sums, to);
    }
  }

  @Override
  public void panel(
      int row, int rowBytes, int rows, int first, int count, float[] dst, int at, int width) {
    if (columns == null) {
      columns = Parts.ofColumns(codec.offsets());
    }
    int end = first + count;
    for (int i = first; i < end; ) {
      int skipped = i % SIZE;
      int length = Math.min(SIZE - skipped, end - i);
      for (int r = 0; r < width; r += STRIP) {
        int there = Math.max(0, Math.min(STRIP, rows - r));
        codec.unpack(kernels.codes(), src, row + r * rowBytes, rowBytes, there, i / SIZE, columns);
        int to = at + (i - first) * width + r;
        if (r + STRIP <= width) {
          columns(skipped, length, dst, to, width);
        } else {
          narrow(skipped, length, dst, to, width, width - r);
        }
      }
      i += length;
    }
  }

  private Parts rows() {
    if (rows == null) {
      rows = Parts.ofRow(codec.offsets());
    }
    return rows;
  }

  private void columns(int from, int count, float[] dst, int at, int stride) {
    kernels
        .codes()
        .decodeByteColumns(
            columns.codes,
            columns.scales,
            columns.offsets,
            from / Parts.SIZE,
            count / Parts.SIZE,
            dst,
            at,
            stride);
  }

  /** The last columns of a panel that is no multiple of eight wide. */
  private void narrow(int from, int count, float[] dst, int at, int stride, int wide) {
    if (strip == null) {
      strip = new float[STRIP * SIZE];
    }
    columns(from, count, strip, 0, STRIP);
    for (int i = 0; i < count; i++) {
      System.arraycopy(strip, i * STRIP, dst, at + i * stride, wide);
    }
  }
}
