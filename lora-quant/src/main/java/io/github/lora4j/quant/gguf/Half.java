package io.github.lora4j.quant.gguf;

import io.github.lora4j.tensor.HalfType;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/** Little-endian IEEE 754 half precision in byte arrays. */
final class Half {
  private static final VarHandle SHORT =
      MethodHandles.byteArrayViewVarHandle(short[].class, ByteOrder.LITTLE_ENDIAN);

  /** Exponents of all ones, where those of float32 are. */
  private static final int NOT_FINITE = 0x7c00 << 13;

  private Half() {}

  /**
   * The value of the two bytes at an offset, as {@link HalfType#widen}: without a branch that goes
   * now this way and now that, as scales of small weights are often subnormal.
   */
  static float get(byte[] src, int at) {
    int half = (short) SHORT.get(src, at);
    int magnitude = (half & 0x7fff) << 13;
    int bits =
        magnitude < NOT_FINITE
            ? Float.floatToRawIntBits(Float.intBitsToFloat(magnitude) * 0x1p112f)
            : magnitude | 0x7f800000;
    return Float.intBitsToFloat(bits | half & 0x80000000);
  }

  /** Writes a finite value, rounded to nearest, ties to even. */
  static void put(float value, byte[] dst, int at) {
    SHORT.set(dst, at, HalfType.FLOAT16.narrow(value));
  }

  /** True if a value rounds to a finite one. */
  static boolean fits(float value) {
    return HalfType.FLOAT16.fits(value);
  }
}
