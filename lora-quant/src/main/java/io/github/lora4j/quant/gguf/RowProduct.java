package io.github.lora4j.quant.gguf;

import io.github.lora4j.compute.Kernels;
import io.github.lora4j.tensor.FewRows;

/** Multiplies rows without decoding them to memory. */
interface RowProduct {
  /** As {@link BlockCodec#sums}. */
  default float[] sums(float[] x, int length) {
    return null;
  }

  /** As {@link BlockCodec.Decoder#multiply}. */
  void multiply(
      Kernels kernels, byte[] src, int rowBytes, int rows, FewRows x, float[] sums, int to);
}
