package io.github.lora4j.quant.gguf;

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
  void decode(byte[] src, int row, int first, int count, float[] dst, int at);
}
