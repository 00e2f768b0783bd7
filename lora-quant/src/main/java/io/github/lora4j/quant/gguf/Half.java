package io.github.lora4j.quant.gguf;

import io.github.lora4j.tensor.Float16Table;
import io.github.lora4j.tensor.HalfType;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/** Little-endian IEEE 754 half precision in byte arrays. */
final class Half {
  private static final VarHandle SHORT =
      MethodHandles.byteArrayViewVarHandle(short[].class, ByteOrder.LITTLE_ENDIAN);

  private Half() {}

  /** The value of the two bytes at an offset. */
  static float get(byte[] src, int at) {
    return Float16Table.get((short) SHORT.get(src, at) & 0xffff);
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
