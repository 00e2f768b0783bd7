package io.github.lora4j.compute;

import io.github.lora4j.tensor.HalfType;

/** Packed weights on the Vector API; what it is too narrow for goes to the scalar twin. */
final class VectorCodeKernels implements CodeKernels {
  private static final int L = VectorWidth.FLOATS.length();

  /** Sixteen values in a register: a table of 4-bit codes fits one. */
  private static final boolean WIDE = L == 16;

  private final CodeKernels tail = new ScalarCodeKernels();

  @Override
  public void decodeNibbles(
      byte[] codes,
      int from,
      int cols,
      float[] table,
      float[] scales,
      float[] dst,
      int at,
      int stride) {
    if (L < 8) {
      tail.decodeNibbles(codes, from, cols, table, scales, dst, at, stride);
      return;
    }
    if (WIDE) {
      WideNibbleDecoder.decode(codes, from, cols, table, scales, dst, at, stride);
    } else {
      NibbleDecoder.decode(codes, from, cols, table, scales, dst, at, stride);
    }
  }

  @Override
  public void multiplyNibbles(
      byte[] codes,
      int from,
      int cols,
      float[] table,
      float[] scales,
      float[] x,
      int xo,
      float[] sums) {
    if (L < 8) {
      tail.multiplyNibbles(codes, from, cols, table, scales, x, xo, sums);
      return;
    }
    if (WIDE) {
      WideNibbleDecoder.multiply(codes, from, cols, table, scales, x, xo, sums);
    } else {
      NibbleDecoder.multiply(codes, from, cols, table, scales, x, xo, sums);
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
  public void decodeByteRow(
      byte[] codes, float[] scales, float[] offsets, int part, int parts, float[] dst, int at) {
    if (L < 8) {
      tail.decodeByteRow(codes, scales, offsets, part, parts, dst, at);
      return;
    }
    ByteDecoder.row(codes, scales, offsets, part, parts, dst, at);
  }

  @Override
  public float multiplyByteRow(
      byte[] codes, float[] scales, int part, int parts, float[] x, int xo) {
    return ByteDecoder.multiply(codes, scales, part, parts, x, xo);
  }

  @Override
  public void multiplyNibbleBlocks(BlockRows rows, float[] x, float[] sums, float[] y, int to) {
    if (WIDE) {
      WideBlockProducts.nibbles(rows, x, sums, y, to);
    } else if (L < 8) {
      tail.multiplyNibbleBlocks(rows, x, sums, y, to);
    } else {
      BlockProducts.nibbles(rows, x, sums, y, to);
    }
  }

  @Override
  public void multiplyByteBlocks(BlockRows rows, float[] x, float[] y, int to) {
    if (WIDE) {
      WideBlockProducts.bytes(rows, x, y, to);
    } else if (L < 8) {
      tail.multiplyByteBlocks(rows, x, y, to);
    } else {
      BlockProducts.bytes(rows, x, y, to);
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
