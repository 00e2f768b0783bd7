package io.github.lora4j.quant.gguf;

import io.github.lora4j.compute.CodeLayout;
import java.util.stream.IntStream;

/**
 * Q6_K, blocks of 256 codes in 16 parts of 16: 128 bytes with four bits of each code, 64 with two
 * more, 16 signed scales, d. A value is {@code (d * scale) * (code - 32)}.
 *
 * <p>Of each 64 bytes the lower halves are groups 0 and 1, the upper halves 2 and 3; of each 32
 * bytes with the upper bits, each pair of bits is a group.
 */
final class SixBitsK {
  static final KBlocks SIX =
      new KBlocks(
          new CodeLayout(
              4,
              2,
              32,
              IntStream.range(0, 8).mapToObj(SixBitsK::group).toArray(CodeLayout.Group[]::new)),
          SixBitsK::scales);

  private SixBitsK() {}

  private static CodeLayout.Group group(int index) {
    int inHalf = index % 4;
    return new CodeLayout.Group(
        index / 4 * 64 + inHalf % 2 * 32, inHalf / 2 * 4, 128 + index / 4 * 32, inHalf * 2);
  }

  private static void scales(byte[] src, int block, int first, int count, Parts dst, int to) {
    float d = Half.get(src, block + 208);
    for (int g = 0; g < count; g++) {
      int scales = block + 192 + 2 * (first + g);
      dst.scale(to + g, 0, d * src[scales]);
      dst.scale(to + g, 1, d * src[scales + 1]);
    }
  }
}
