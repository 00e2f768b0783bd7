package io.github.lora4j.quant.gguf;

import io.github.lora4j.checkpoint.Float32Decoder;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/** Little-endian IEEE 754 half precision in byte arrays. */
final class Half {
  private static final VarHandle SHORT =
      MethodHandles.byteArrayViewVarHandle(short[].class, ByteOrder.LITTLE_ENDIAN);

  /** The smallest magnitude that rounds to infinity. */
  private static final float TOO_LARGE = 65520f;

  private static final float SMALLEST_NORMAL = 0x1p-14f;

  private Half() {}

  /** The value of the two bytes at an offset. */
  static float get(byte[] src, int at) {
    return Float32Decoder.halfToFloat((short) SHORT.get(src, at));
  }

  /** Writes a finite value, rounded to nearest, ties to even. */
  static void put(float value, byte[] dst, int at) {
    SHORT.set(dst, at, fromFloat(value));
  }

  /** True if a value rounds to a finite one. */
  static boolean fits(float value) {
    return Math.abs(value) < TOO_LARGE;
  }

  /** Rounds a value that {@link #fits} to nearest, ties to even. Java 20 has it built in. */
  static short fromFloat(float value) {
    int bits = Float.floatToRawIntBits(value);
    int sign = bits >>> 16 & 0x8000;
    float magnitude = Math.abs(value);
    if (magnitude < SMALLEST_NORMAL) {
      // In [0.5, 1) neighbours are 2^-24 apart, as subnormal halves are: the addition rounds.
      return (short) (sign | Float.floatToRawIntBits(magnitude + 0.5f) - 0x3f000000);
    }
    int narrow = (bits & 0x7fffffff) - (112 << 23);
    return (short) (sign | narrow + 0xfff + (narrow >> 13 & 1) >> 13);
  }
}
