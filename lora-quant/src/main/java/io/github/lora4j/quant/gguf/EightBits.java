package io.github.lora4j.quant.gguf;

import io.github.lora4j.compute.Kernels;

/** Q8_0: a half-precision scale d and 32 signed bytes; a value is {@code d * byte}. */
final class EightBits {
  private EightBits() {}

  static void signed(
      Kernels kernels, byte[] src, int block, int index, byte[] codes, float[] dst, int at) {
    kernels.scaleCodes(src, block + 2, GroupCodec.SIZE, 0, Half.get(src, block), dst, at);
  }
}
