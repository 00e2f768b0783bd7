package io.github.lora4j.quant.gguf;

import io.github.lora4j.compute.CodeKernels;

/** Blocks of one group. */
record SmallBlocks(Block block) implements GroupCodec.Group {
  /** Unpacks a block. */
  @FunctionalInterface
  interface Block {
    /**
     * @param at where the block starts in {@code src}
     * @param dst takes the codes, the scale and the offset
     * @param to index of the group in {@code dst}
     */
    void unpack(byte[] src, int at, Parts dst, int to);
  }

  @Override
  public void unpack(
      CodeKernels kernels, byte[] src, int at, int first, int count, Parts dst, int to) {
    block.unpack(src, at, dst, to);
  }
}
