package io.github.lora4j.quant.gguf;

/**
 * Decodes types in groups of 32 values: what all of them hold in one stretch of bytes. A block of
 * 256 values is eight groups, so that a part of it can be decoded alone.
 *
 * @param groups in a block
 * @param bytes of a block
 * @param group decodes one
 */
record GroupCodec(int groups, int bytes, Group group) implements BlockCodec {
  /** Values in a group. */
  static final int SIZE = 32;

  /** Decodes 32 values. */
  @FunctionalInterface
  interface Group {
    /**
     * @param block where the block starts in {@code src}
     * @param index of the group in the block
     * @param at index of the first of 32 values in {@code dst}
     */
    void decode(byte[] src, int block, int index, float[] dst, int at);
  }

  @Override
  public void decode(byte[] src, int row, int first, int count, float[] dst, int at) {
    int index = first / SIZE;
    for (int i = 0; i < count; i += SIZE, index++) {
      group.decode(src, row + index / groups * bytes, index % groups, dst, at + i);
    }
  }
}
