package io.github.lora4j.compute;

import io.github.lora4j.tensor.FewRows;
import io.github.lora4j.tensor.HalfType;
import java.util.function.IntConsumer;

/** Packed weights on the Vector API; what it is too narrow for goes to the scalar twin. */
final class VectorCodeKernels implements CodeKernels {
  private static final int L = VectorWidth.FLOATS.length();

  /** Sixteen values in a register: a table of 4-bit codes fits one. */
  private static final boolean WIDE = L == 16;

  /** Three passes of four rows; with more, panels are decoded as fast as they are multiplied. */
  private static final int MOST_ROWS = 12;

  private final CodeKernels tail = new ScalarCodeKernels();

  @Override
  public void decodeNibbles(
      int[] codes,
      int strip,
      int col,
      int cols,
      float[] table,
      float[] scales,
      int scale,
      float[] dst,
      int at,
      int stride) {
    if (L < 8) {
      tail.decodeNibbles(codes, strip, col, cols, table, scales, scale, dst, at, stride);
    } else if (WIDE) {
      WideNibbles.decode(codes, strip, col, cols, table, scales, scale, dst, at, stride);
    } else {
      Nibbles.decode(codes, strip, col, cols, table, scales, scale, dst, at, stride);
    }
  }

  @Override
  public void decodeNibbleRows(
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
      int stride) {
    if (L < 8) {
      tail.decodeNibbleRows(codes, strip, rows, col, cols, table, scales, scale, dst, at, stride);
    } else if (WIDE) {
      WideRowDecoder.nibbles(codes, strip, rows, col, cols, table, scales, scale, dst, at, stride);
    } else {
      Nibbles.decodeRows(codes, strip, rows, col, cols, table, scales, scale, dst, at, stride);
    }
  }

  @Override
  public int mostRows() {
    return L < 8 ? 1 : MOST_ROWS;
  }

  /** A table in two registers takes so long to look into that more than one pass does not pay. */
  @Override
  public int mostNibbleRows() {
    return WIDE ? mostRows() : Math.min(4, mostRows());
  }

  @Override
  public void multiplyNibbles(
      int[] codes,
      int strip,
      int col,
      int cols,
      float[] table,
      float[] scales,
      int scale,
      FewRows x,
      float[] sums) {
    if (L < 8) {
      tail.multiplyNibbles(codes, strip, col, cols, table, scales, scale, x, sums);
      return;
    }
    for (int row = 0; row < x.rows(); row += 4) {
      boolean one = row + 1 == x.rows();
      if (WIDE && one) {
        WideNibbles.multiply(codes, strip, col, cols, table, scales, scale, x, row, sums);
      } else if (WIDE) {
        WideNibbles.multiplyFour(codes, strip, col, cols, table, scales, scale, x, row, sums);
      } else if (one) {
        Nibbles.multiply(codes, strip, col, cols, table, scales, scale, x, row, sums);
      } else {
        Nibbles.multiplyFour(codes, strip, col, cols, table, scales, scale, x, row, sums);
      }
    }
  }

  @Override
  public boolean prefersStrips(boolean even) {
    return WIDE || even && L >= 8;
  }

  @Override
  public void decodeStrip(
      CodeStrips w, int strip, int half, int col, int cols, float[] dst, int at, int stride) {
    boolean nibbles = w.bits() == 4;
    if (!prefersStrips(w.even())) {
      tail.decodeStrip(w, strip, half, col, cols, dst, at, stride);
    } else if (WIDE && nibbles) {
      WideStripDecoder.nibbles(w, strip, half, col, cols, dst, at, stride);
    } else if (WIDE) {
      WideStripDecoder.bytes(w, strip, half, col, cols, dst, at, stride);
    } else if (nibbles) {
      StripDecoder.nibbles(w, strip, half, col, cols, dst, at, stride);
    } else {
      StripDecoder.bytes(w, strip, half, col, cols, dst, at, stride);
    }
  }

  @Override
  public void decodeStripRows(
      CodeStrips w,
      int strip,
      int row,
      int rows,
      int col,
      int cols,
      float[] dst,
      int at,
      int stride) {
    boolean nibbles = w.bits() == 4;
    if (!prefersStrips(w.even())) {
      tail.decodeStripRows(w, strip, row, rows, col, cols, dst, at, stride);
    } else if (WIDE && nibbles) {
      WideRowDecoder.nibbles(w, strip, row, rows, col, cols, dst, at, stride);
    } else if (WIDE) {
      WideRowDecoder.bytes(w, strip, row, rows, col, cols, dst, at, stride);
    } else if (nibbles) {
      RowDecoder.nibbles(w, strip, row, rows, col, cols, dst, at, stride);
    } else {
      RowDecoder.bytes(w, strip, row, rows, col, cols, dst, at, stride);
    }
  }

  @Override
  public void multiplyStrip(CodeStrips w, int strip, FewRows x, float[] sumsOfX, float[] sums) {
    if (!prefersStrips(w.even())) {
      tail.multiplyStrip(w, strip, x, sumsOfX, sums);
      return;
    }
    for (int row = 0; row < x.rows(); row += 4) {
      if (WIDE) {
        multiplyWide(w, strip, x, row, sums);
      } else {
        multiplyNarrow(w, strip, x, row, sums);
      }
    }
    for (int row = 0; w.offsets() != null && row < x.rows(); row++) {
      if (WIDE) {
        WideStripProducts.addOffsets(w, strip, row, sumsOfX, sums);
      } else {
        StripProducts.addOffsets(w, strip, row, sumsOfX, sums);
      }
    }
  }

  private static void multiplyWide(CodeStrips w, int strip, FewRows x, int row, float[] sums) {
    boolean one = row + 1 == x.rows();
    if (w.bits() == 4 && one) {
      WideStripProducts.oneNibbles(w, strip, x, row, sums);
    } else if (w.bits() == 4) {
      WideStripProducts.fourNibbles(w, strip, x, row, sums);
    } else if (one) {
      WideStripProducts.oneBytes(w, strip, x, row, sums);
    } else {
      WideStripProducts.fourBytes(w, strip, x, row, sums);
    }
  }

  private static void multiplyNarrow(CodeStrips w, int strip, FewRows x, int row, float[] sums) {
    boolean one = row + 1 == x.rows();
    if (w.bits() == 4 && one) {
      StripProducts.oneNibbles(w, strip, x, row, sums);
    } else if (w.bits() == 4) {
      StripProducts.fourNibbles(w, strip, x, row, sums);
    } else if (one) {
      StripProducts.oneBytes(w, strip, x, row, sums);
    } else {
      StripProducts.fourBytes(w, strip, x, row, sums);
    }
  }

  /** Two or three rows that are left cost less together than alone. */
  private static void inFours(FewRows x, IntConsumer one, IntConsumer four) {
    for (int row = 0; row < x.rows(); row += 4) {
      (row + 1 == x.rows() ? one : four).accept(row);
    }
  }

  @Override
  public void widen(
      HalfType type, short[] bits, int from, int cols, float[] dst, int at, int stride) {
    if (L < 4) {
      tail.widen(type, bits, from, cols, dst, at, stride);
      return;
    }
    switch (type) {
      case BFLOAT16 -> HalfDecoder.bfloat16(bits, from, cols, dst, at, stride);
      case FLOAT16 -> HalfDecoder.float16(bits, from, cols, dst, at, stride);
    }
  }

  @Override
  public void multiplyHalves(HalfType type, short[] bits, int from, FewRows x, float[] sums) {
    if (L < 4) {
      tail.multiplyHalves(type, bits, from, x, sums);
      return;
    }
    switch (type) {
      case BFLOAT16 ->
          inFours(
              x,
              row -> HalfStripProducts.bfloat16(bits, from, x, row, sums),
              row -> HalfStripProducts.fourBfloat16(bits, from, x, row, sums));
      case FLOAT16 -> {
        for (int row = 0; row < x.rows(); row += 4) {
          HalfStripProducts.fourFloat16(bits, from, x, row, sums);
        }
      }
    }
  }

  @Override
  public float dotHalves(HalfType type, byte[] src, int from, float[] x, int xo, int count) {
    if (L < 4) {
      return tail.dotHalves(type, src, from, x, xo, count);
    }
    int whole = count - count % HalfProducts.STEP;
    float sum =
        switch (type) {
          case BFLOAT16 -> HalfProducts.bfloat16(src, from, x, xo, whole);
          case FLOAT16 -> HalfProducts.float16(src, from, x, xo, whole);
        };
    return sum + tail.dotHalves(type, src, from + 2 * whole, x, xo + whole, count - whole);
  }

  @Override
  public void unpackCodes(
      byte[] src, int block, CodeLayout layout, int first, int count, byte[] dst, int to) {
    if (L < 8) {
      tail.unpackCodes(src, block, layout, first, count, dst, to);
      return;
    }
    CodeUnpacker.unpack(src, block, layout, first, count, dst, to);
  }

  @Override
  public void decodeByteRow(
      byte[] codes, float[] scales, float[] offsets, int part, int parts, float[] dst, int at) {
    if (L < 8) {
      tail.decodeByteRow(codes, scales, offsets, part, parts, dst, at);
      return;
    }
    ByteDecoder.row(codes, scales, offsets, part, parts, dst, at);
  }

  @Override
  public void multiplyGroups(
      byte[] bytes,
      int block,
      CodeLayout layout,
      float[] scales,
      float[] offsets,
      FewRows x,
      int col,
      float[] sums) {
    if (L < 8) {
      tail.multiplyGroups(bytes, block, layout, scales, offsets, x, col, sums);
    } else if (layout.upper() == 0) {
      plainGroups(bytes, block, layout, scales, offsets, x, col, sums);
    } else {
      joinedGroups(bytes, block, layout, scales, offsets, x, col, sums);
    }
  }

  private static void plainGroups(
      byte[] bytes,
      int block,
      CodeLayout layout,
      float[] scales,
      float[] offsets,
      FewRows x,
      int col,
      float[] sums) {
    for (int row = 0; row < x.rows(); row += 4) {
      boolean one = row + 1 == x.rows();
      if (WIDE && one) {
        WideGroupProducts.onePlain(bytes, block, layout, scales, offsets, x, row, col, sums);
      } else if (WIDE) {
        WideGroupProducts.fourPlain(bytes, block, layout, scales, offsets, x, row, col, sums);
      } else if (one) {
        GroupProducts.onePlain(bytes, block, layout, scales, offsets, x, row, col, sums);
      } else {
        GroupProducts.fourPlain(bytes, block, layout, scales, offsets, x, row, col, sums);
      }
    }
  }

  private static void joinedGroups(
      byte[] bytes,
      int block,
      CodeLayout layout,
      float[] scales,
      float[] offsets,
      FewRows x,
      int col,
      float[] sums) {
    for (int row = 0; row < x.rows(); row += 4) {
      boolean one = row + 1 == x.rows();
      if (WIDE && one) {
        WideGroupProducts.oneJoined(bytes, block, layout, scales, offsets, x, row, col, sums);
      } else if (WIDE) {
        WideGroupProducts.fourJoined(bytes, block, layout, scales, offsets, x, row, col, sums);
      } else if (one) {
        GroupProducts.oneJoined(bytes, block, layout, scales, offsets, x, row, col, sums);
      } else {
        GroupProducts.fourJoined(bytes, block, layout, scales, offsets, x, row, col, sums);
      }
    }
  }

  @Override
  public void multiplyNibbleBlocks(BlockRows rows, FewRows x, float[] sums, int to) {
    if (L < 8) {
      tail.multiplyNibbleBlocks(rows, x, sums, to);
    } else if (WIDE) {
      inFours(
          x,
          row -> WideBlockProducts.nibbles(rows, x, row, sums, to),
          row -> WideFourProducts.nibbles(rows, x, row, to));
    } else {
      inFours(
          x,
          row -> BlockProducts.nibbles(rows, x, row, sums, to),
          row -> FourProducts.nibbles(rows, x, row, to));
    }
  }

  @Override
  public void multiplyFiveBitBlocks(BlockRows rows, FewRows x, int to) {
    if (L < 8) {
      tail.multiplyFiveBitBlocks(rows, x, to);
    } else if (WIDE) {
      inFours(
          x,
          row -> WideFiveBitProducts.one(rows, x, row, to),
          row -> WideFiveBitProducts.four(rows, x, row, to));
    } else {
      inFours(
          x,
          row -> FiveBitProducts.one(rows, x, row, to),
          row -> FiveBitProducts.four(rows, x, row, to));
    }
  }

  @Override
  public void multiplyByteBlocks(BlockRows rows, FewRows x, int to) {
    if (L < 8) {
      tail.multiplyByteBlocks(rows, x, to);
    } else if (WIDE) {
      inFours(
          x,
          row -> WideBlockProducts.bytes(rows, x, row, to),
          row -> WideFourProducts.bytes(rows, x, row, to));
    } else {
      inFours(
          x,
          row -> BlockProducts.bytes(rows, x, row, to),
          row -> FourProducts.bytes(rows, x, row, to));
    }
  }

  @Override
  public void decodeByteColumns(
      byte[] codes,
      float[] scales,
      float[] offsets,
      int part,
      int parts,
      float[] dst,
      int at,
      int stride) {
    if (L < 8) {
      tail.decodeByteColumns(codes, scales, offsets, part, parts, dst, at, stride);
      return;
    }
    ByteDecoder.columns(codes, scales, offsets, part, parts, dst, at, stride);
  }
}
