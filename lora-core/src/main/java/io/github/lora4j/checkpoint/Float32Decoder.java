package io.github.lora4j.checkpoint;

import io.github.lora4j.tensor.HalfType;
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
      case F16 -> widen(HalfType.FLOAT16, from, to, at, count);
      case BF16 -> widen(HalfType.BFLOAT16, from, to, at, count);
      case F64 -> {
        for (int i = 0; i < count; i++) {
          to[at + i] = (float) from.getDouble(from.position() + 8 * i);
        }
      }
      default -> throw new IllegalArgumentException(type + " is not read as float32");
    }
    from.position(from.limit());
  }

  private static void widen(HalfType type, ByteBuffer from, float[] to, int at, int count) {
    for (int i = 0; i < count; i++) {
      to[at + i] = type.widen(from.getShort(from.position() + 2 * i));
    }
  }
}
