package io.github.lora4j.quant.gguf;

/** Q8_0: a half-precision scale d and 32 signed bytes; a value is {@code d * byte}. */
final class EightBits {
  private EightBits() {}

  static void signed(byte[] src, int block, int index, float[] dst, int at) {
    float d = Half.get(src, block);
    for (int i = 0, from = block + 2; i < 32; i++) {
      dst[at + i] = d * src[from + i];
    }
  }
}
