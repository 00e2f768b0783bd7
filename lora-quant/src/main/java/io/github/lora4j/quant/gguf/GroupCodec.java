package io.github.lora4j.quant.gguf;

import io.github.lora4j.compute.Kernels;

/**
 * Decodes types in groups of 32 values: what all of them hold in one stretch of bytes. A block of
 * 256 values is eight groups, so that a part of it can be decoded alone.
 *
 * @param groups in a block, a power of two
 * @param bytes of a block
 * @param offsets true if something is added to the product of scale and code
 * @param group unpacks one
 * @param product multiplies a row faster than by unpacking it, or null
 */
record GroupCodec(int groups, int bytes, boolean offsets, Group group, RowProduct product)
    implements BlockCodec {
  /** Values in a group. */
  static final int SIZE = 32;

  /** Unpacks 32 values. */
  @FunctionalInterface
  interface Group {
    /**
     * @param block where the block starts in {@code src}
     * @param index of the group in the block
     * @param dst takes the codes, scales and offsets
     * @param to index of the group in {@code dst}
     */
    void unpack(byte[] src, int block, int index, Parts dst, int to);
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
  public Decoder decoder(Kernels kernels, byte[] src) {
    return new GroupDecoder(kernels, this, src);
  }

  /** Unpacks groups of a row, one after the other. */
  void unpack(byte[] src, int row, int first, int count, Parts dst) {
    int block = block(row, first);
    int index = inBlock(first);
    for (int g = 0; g < count; g++) {
      group.unpack(src, block, index, dst, g);
      if (++index == groups) {
        index = 0;
        block += bytes;
      }
    }
  }

  /** Unpacks the same group of up to eight rows; those that are missing become zeros. */
  void unpack(byte[] src, int row, int rowBytes, int rows, int index, Parts dst) {
    int block = block(row, index);
    int inBlock = inBlock(index);
    for (int r = 0; r < rows; r++) {
      group.unpack(src, block + r * rowBytes, inBlock, dst, r);
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
