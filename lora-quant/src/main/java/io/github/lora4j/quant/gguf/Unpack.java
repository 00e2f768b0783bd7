package io.github.lora4j.quant.gguf;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/**
 * Spreads the codes of a group of 32 to a byte each, eight at a time: shifts and masks on whole
 * longs do the same to each of their bytes.
 */
final class Unpack {
  private static final VarHandle LONG =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

  /** A 1 in each byte. */
  private static final long ONES = 0x0101010101010101L;

  /** Bit i in byte i. */
  private static final long DIAGONAL = 0x8040201008040201L;

  private Unpack() {}

  /** From 16 bytes: the lower halves are codes 0 to 15, the upper halves 16 to 31. */
  static void halves(byte[] src, int at, byte[] codes) {
    for (int i = 0; i < 16; i += 8) {
      long pairs = (long) LONG.get(src, at + i);
      LONG.set(codes, i, pairs & 15 * ONES);
      LONG.set(codes, i + 16, pairs >>> 4 & 15 * ONES);
    }
  }

  /** From 32 bytes: {@code bits} bits of each from {@code shift} on. */
  static void fields(byte[] src, int at, int shift, int bits, byte[] codes) {
    long mask = ((1 << bits) - 1) * ONES;
    for (int i = 0; i < 32; i += 8) {
      LONG.set(codes, i, (long) LONG.get(src, at + i) >>> shift & mask);
    }
  }

  /** As {@link #fields}, put above the {@code low} bits that the codes have already. */
  static void addFields(byte[] src, int at, int shift, int bits, int low, byte[] codes) {
    long mask = ((1 << bits) - 1) * ONES;
    for (int i = 0; i < 32; i += 8) {
      long high = (long) LONG.get(src, at + i) >>> shift & mask;
      LONG.set(codes, i, (long) LONG.get(codes, i) | high << low);
    }
  }

  /** From 4 bytes: bit i becomes bit 4 of code i. */
  static void addFifthBits(byte[] src, int at, byte[] codes) {
    for (int i = 0; i < 4; i++) {
      long spread = (src[at + i] & 255) * ONES & DIAGONAL;
      // What is not zero in a byte carries into its highest bit.
      long fifth = (spread + 127 * ONES & 128 * ONES) >>> 3;
      LONG.set(codes, 8 * i, (long) LONG.get(codes, 8 * i) | fifth);
    }
  }
}
