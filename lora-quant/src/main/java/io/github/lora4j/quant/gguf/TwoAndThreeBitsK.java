package io.github.lora4j.quant.gguf;

import io.github.lora4j.compute.CodeLayout;
import java.util.stream.IntStream;

/**
 * Blocks of 256 codes in 16 parts of 16, each part with a scale of its own. Groups 0 to 3 lie in
 * the four pairs of bits of the first 32 bytes of codes, groups 4 to 7 in those of the next.
 */
final class TwoAndThreeBitsK {
  /**
   * Q2_K: 16 bytes with a scale in the lower and a minimum in the upper half, 64 of codes, d, dmin.
   * A value is {@code (d * scale) * code - dmin * minimum}.
   */
  static final KBlocks TWO = new KBlocks(layout(0, 0, 16), TwoAndThreeBitsK::scalesOfTwo);

  /**
   * Q3_K: 32 bytes of which bit g of byte i belongs to value i of group g, 64 with two more bits of
   * each code, 12 with scales of 6 bits, d. A value is {@code (d * (scale - 32)) * code}; where the
   * bit is 0, 4 is taken from the code.
   */
  static final KBlocks THREE = new KBlocks(layout(1, 4, 32), TwoAndThreeBitsK::scalesOfThree);

  private TwoAndThreeBitsK() {}

  private static CodeLayout layout(int upper, int centre, int codes) {
    return new CodeLayout(
        2,
        upper,
        centre,
        IntStream.range(0, 8)
            .mapToObj(g -> new CodeLayout.Group(codes + g / 4 * 32, g % 4 * 2, 0, g))
            .toArray(CodeLayout.Group[]::new));
  }

  private static void scalesOfTwo(byte[] src, int block, int first, int count, Parts dst, int to) {
    float d = Half.get(src, block + 80);
    float dmin = Half.get(src, block + 82);
    for (int g = 0; g < count; g++) {
      for (int part = 0; part < 2; part++) {
        int scales = src[block + 2 * (first + g) + part];
        dst.scale(to + g, part, d * (scales & 15));
        dst.offset(to + g, part, -(dmin * (scales >> 4 & 15)));
      }
    }
  }

  private static void scalesOfThree(
      byte[] src, int block, int first, int count, Parts dst, int to) {
    float d = Half.get(src, block + 108);
    for (int g = 0; g < count; g++) {
      for (int part = 0; part < 2; part++) {
        dst.scale(to + g, part, d * (scale(src, block + 96, 2 * (first + g) + part) - 32));
      }
    }
  }

  /** Four bits from the halves of the first eight bytes, two from the last four. */
  private static int scale(byte[] src, int scales, int part) {
    int low = src[scales + part % 8] >> part / 8 * 4 & 15;
    int high = src[scales + 8 + part % 4] >> part / 4 * 2 & 3;
    return low | high << 4;
  }
}
