package io.github.lora4j.quant.gguf;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/** Types without blocks: F32, F16, BF16, all little-endian. */
final class PlainValues {
  private static final VarHandle FLOAT =
      MethodHandles.byteArrayViewVarHandle(float[].class, ByteOrder.LITTLE_ENDIAN);

  private PlainValues() {}

  static void f32(byte[] src, int row, int first, int count, float[] dst, int at) {
    for (int i = 0, from = row + 4 * first; i < count; i++, from += 4) {
      dst[at + i] = (float) FLOAT.get(src, from);
    }
  }

  static void f16(byte[] src, int row, int first, int count, float[] dst, int at) {
    for (int i = 0, from = row + 2 * first; i < count; i++, from += 2) {
      dst[at + i] = Half.get(src, from);
    }
  }

  static void bf16(byte[] src, int row, int first, int count, float[] dst, int at) {
    for (int i = 0, from = row + 2 * first; i < count; i++, from += 2) {
      dst[at + i] = Float.intBitsToFloat((src[from] & 255) << 16 | src[from + 1] << 24);
    }
  }
}
