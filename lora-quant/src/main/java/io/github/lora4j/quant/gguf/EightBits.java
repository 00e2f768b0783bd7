package io.github.lora4j.quant.gguf;

/** Q8_0: a half-precision scale d and 32 signed bytes; a value is {@code d * byte}. */
final class EightBits {
  private EightBits() {}

  static void signed(byte[] src, int block, Parts dst, int to) {
    dst.scale(to, Half.get(src, block));
    int at = to * GroupCodec.SIZE;
    Eight.put(Eight.get(src, block + 2), dst.codes, at);
    Eight.put(Eight.get(src, block + 10), dst.codes, at + 8);
    Eight.put(Eight.get(src, block + 18), dst.codes, at + 16);
    Eight.put(Eight.get(src, block + 26), dst.codes, at + 24);
  }
}
