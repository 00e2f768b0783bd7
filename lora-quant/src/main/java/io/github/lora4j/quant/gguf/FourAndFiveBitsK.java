package io.github.lora4j.quant.gguf;

import io.github.lora4j.compute.CodeLayout;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.stream.IntStream;

/**
 * Blocks of 256 codes in 8 groups of 32: d, dmin, 12 bytes with a scale and a minimum of 6 bits for
 * each group, in Q5_K 32 bytes with the highest bits (bit g of byte i for value i of group g), and
 * 128 bytes with four bits of each code: every 32 hold a group in their lower and the next in their
 * upper halves. A value is {@code (d * scale) * code - dmin * minimum}.
 */
final class FourAndFiveBitsK {
  private static final VarHandle INT =
      MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);

  private static final int SCALES = 4;
  private static final int AFTER_SCALES = 16;

  /** Q4_K. */
  static final KBlocks FOUR = new KBlocks(layout(0, AFTER_SCALES), FourAndFiveBitsK::scales);

  /** Q5_K. */
  static final KBlocks FIVE =
      new KBlocks(layout(1, AFTER_SCALES + GroupCodec.SIZE), FourAndFiveBitsK::scales);

  private FourAndFiveBitsK() {}

  private static CodeLayout layout(int upper, int codes) {
    return new CodeLayout(
        4,
        upper,
        0,
        IntStream.range(0, 8)
            .mapToObj(g -> new CodeLayout.Group(codes + g / 2 * 32, g % 2 * 4, AFTER_SCALES, g))
            .toArray(CodeLayout.Group[]::new));
  }

  /**
   * Scales of groups 0 to 3 are in the first four bytes, minima in the next; of 4 to 7 the upper
   * two bits are there, and the others in the lower and upper halves of the last four bytes.
   */
  private static void scales(byte[] src, int block, int first, int count, Parts dst, int to) {
    float d = Half.get(src, block);
    float dmin = Half.get(src, block + 2);
    int scales = (int) INT.get(src, block + SCALES);
    int minima = (int) INT.get(src, block + SCALES + 4);
    int last = (int) INT.get(src, block + SCALES + 8);
    long eightScales = six(scales, last);
    long eightMinima = six(minima, last >>> 4);
    for (int g = 0; g < count; g++) {
      int shift = 8 * (first + g);
      dst.scale(to + g, d * (eightScales >>> shift & 63));
      dst.offset(to + g, -(dmin * (eightMinima >>> shift & 63)));
    }
  }

  /** Eight numbers of six bits, a byte each. */
  private static long six(int front, int back) {
    int later = back & 0x0f0f0f0f | front >>> 2 & 0x30303030;
    return front & 0x3f3f3f3f | (long) later << 32;
  }
}
