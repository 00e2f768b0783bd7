package io.github.lora4j.quant.gguf;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/** Eight bytes of an array as a long, the first in its lowest bits: eight codes in one step. */
final class Eight {
  private static final long ONES = 0x0101010101010101L;

  /** The lower four bits of each byte. */
  static final long FOUR_BITS = 15 * ONES;

  private static final long HIGHEST = 0x80 * ONES;

  /** Bit i of byte i. */
  private static final long DIAGONAL = 0x8040201008040201L;

  private static final VarHandle LONG =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

  private Eight() {}

  static long get(byte[] src, int at) {
    return (long) LONG.get(src, at);
  }

  static void put(long codes, byte[] dst, int at) {
    LONG.set(dst, at, codes);
  }

  /** Codes below 128 less a centre below 128, as signed bytes. */
  static long minus(long codes, int centre) {
    return (codes | HIGHEST) - centre * ONES ^ HIGHEST;
  }

  /** Eight bits as eight bytes, bit i as 16 or 0 in byte i. */
  static long sixteens(int bits) {
    long set = (bits & 255) * ONES & DIAGONAL;
    // What is not 0 carries into the highest bit.
    return (set + 0x7f * ONES & HIGHEST) >>> 3;
  }
}
