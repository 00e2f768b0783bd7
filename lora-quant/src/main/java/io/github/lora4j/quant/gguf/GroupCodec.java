package io.github.lora4j.quant.gguf;

import io.github.lora4j.compute.CodeKernels;
import io.github.lora4j.compute.Kernels;

/**
 * Decodes types in groups of 32 values: what all of them hold in one stretch of bytes. A block of
 * 256 values is eight groups, so that a part of it can be decoded alone.
 *
 * @param groups in a block, a power of two
 * @param bytes of a block
 * @param offsets true if something is added to the product of scale and code
 * @param group unpacks some
 * @param product multiplies a row faster than by unpacking it, or null
 */
record GroupCodec(int groups, int bytes, boolean offsets, Group group, RowProduct product)
    implements BlockCodec {
  /** Values in a group. */
  static final int SIZE = 32;

  /** Unpacks groups of a block. */
  @FunctionalInterface
  interface Group {
    /**
     * @param kernels that unpack
     * @param block where the block starts in {@code src}
     * @param first index of the first group in the block
     * @param count how many groups
     * @param dst takes the codes, scales and offsets
     * @param to index of the first group in {@code dst}
     */
    void unpack(
        CodeKernels kernels, byte[] src, int block, int first, int count, Parts dst, int to);
  }

  @Override
  public int unit() {
    return Parts.SIZE;
  }

  @Override
  public float[] sums(float[] x, int length) {
    return product == null ? null : product.sums(x, length);
  }

  @Override
  public int most(CodeKernels kernels) {
    return product == null ? BlockCodec.super.most(kernels) : kernels.mostRows();
  }

  @Override
  public Decoder decoder(Kernels kernels, byte[] src) {
    return new GroupDecoder(kernels, this, src);
  }

  /** Unpacks groups of a row, one after the other. */
  void unpack(CodeKernels kernels, byte[] src, int row, int first, int count, Parts dst) {
    for (int g = 0; g < count; ) {
      int index = inBlock(first + g);
      int these = Math.min(groups - index, count - g);
      group.unpack(kernels, src, block(row, first + g), index, these, dst, g);
      g += these;
    }
  }

  /** Unpacks the same group of up to eight rows; those that are missing become zeros. */
  void unpack(
      CodeKernels kernels, byte[] src, int row, int rowBytes, int rows, int index, Parts dst) {
    int block = block(row, index);
    int inBlock = inBlock(index);
    for (int r = 0; r < rows; r++) {
      group.unpack(kernels, src, block + r * rowBytes, inBlock, 1, dst, r);
    }
    for (int r = rows; r < Parts.GROUPS; r++) {
      dst.clear(r);
    }
  }

  // A power of two of groups: a shift instead of a division for every 16 values of decoded rows.

  private int block(int row, int index) {
    return row + (index >> Integer.numberOfTrailingZeros(groups)) * bytes;
  }

  private int inBlock(int index) {
    return index & groups - 1;
  }
}
