package io.github.lora4j.quant.gguf;

import io.github.lora4j.compute.CodeKernels;
import io.github.lora4j.compute.CodeLayout;

/**
 * Blocks of 256 codes, whose bits lie in the same places of every block.
 *
 * @param layout of the codes
 * @param scales reads the scales and offsets
 */
record KBlocks(CodeLayout layout, Scales scales) implements GroupCodec.Group {
  /** Reads the scales of some groups. */
  @FunctionalInterface
  interface Scales {
    /**
     * @param block where the block starts in {@code src}
     * @param first index of the first group in the block
     * @param count how many groups
     * @param dst takes the scales and offsets
     * @param to index of the first group in {@code dst}
     */
    void read(byte[] src, int block, int first, int count, Parts dst, int to);
  }

  @Override
  public void unpack(
      CodeKernels kernels, byte[] src, int block, int first, int count, Parts dst, int to) {
    scales.read(src, block, first, count, dst, to);
    kernels.unpackCodes(src, block, layout, first, count, dst.codes, to * GroupCodec.SIZE);
  }
}
