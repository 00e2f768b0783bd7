package io.github.lora4j.checkpoint;

import java.nio.ByteBuffer;

/** Converts little-endian elements to float32. Stateless and thread-safe. */
public final class Float32Decoder {

  private Float32Decoder() {}

  /**
   * Converts all remaining elements of a little-endian buffer.
   *
   * @param type one with {@link DType#isReadableAsFloat32}
   * @param from the bytes; its position moves to its limit
   * @param to where the numbers go
   * @param at index of the first in {@code to}
   * @throws IllegalArgumentException for another type
   */
  public static void decode(DType type, ByteBuffer from, float[] to, int at) {
    int count = from.remaining() / type.byteSize();
    switch (type) {
      case F32 -> from.asFloatBuffer().get(to, at, count);
      case F16 -> {
        for (int i = 0; i < count; i++) {
          to[at + i] = halfToFloat(from.getShort(from.position() + 2 * i));
        }
      }
      case BF16 -> {
        for (int i = 0; i < count; i++) {
          to[at + i] = Float.intBitsToFloat(from.getShort(from.position() + 2 * i) << 16);
        }
      }
      case F64 -> {
        for (int i = 0; i < count; i++) {
          to[at + i] = (float) from.getDouble(from.position() + 8 * i);
        }
      }
      default -> throw new IllegalArgumentException(type + " is not read as float32");
    }
    from.position(from.limit());
  }

  /** The value of IEEE 754 half precision bits, exactly. Java 20 has it built in, Java 17 not. */
  public static float halfToFloat(short half) {
    int sign = (half & 0x8000) << 16;
    int exponent = (half >> 10) & 0x1f;
    int fraction = half & 0x3ff;
    if (exponent == 0) {
      // Zero or subnormal: fraction * 2^-24 is exact in float32.
      return Float.intBitsToFloat(sign | Float.floatToRawIntBits(fraction * 0x1p-24f));
    }
    // An all-ones exponent (infinity, NaN) stays all ones; others change their bias by 112.
    int wide = exponent == 0x1f ? 0xff : exponent + 112;
    return Float.intBitsToFloat(sign | wide << 23 | fraction << 13);
  }
}
