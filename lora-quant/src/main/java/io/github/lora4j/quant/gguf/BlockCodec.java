package io.github.lora4j.quant.gguf;

import io.github.lora4j.compute.Kernels;

/** Decodes consecutive values of one type. */
@FunctionalInterface
interface BlockCodec {
  /**
   * Decodes values {@code [first, first + count)} of a row to {@code dst[at .. at + count)}.
   *
   * @param row where the row starts in {@code src}
   * @param first a multiple of {@link GgufType#unit}
   * @param count a multiple of {@link GgufType#unit}
   */
  void decode(Kernels kernels, byte[] src, int row, int first, int count, float[] dst, int at);
}
