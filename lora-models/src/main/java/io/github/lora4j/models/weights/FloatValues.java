package io.github.lora4j.models.weights;

import io.github.lora4j.checkpoint.AtomicFile;
import io.github.lora4j.checkpoint.DType;
import io.github.lora4j.tensor.HalfType;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.WritableByteChannel;

/** Writes float32 values in a floating-point type of 32 or 16 bits. Stateless. */
public final class FloatValues {
  /** Values that are written at a time. */
  private static final int PART = 1 << 16;

  private FloatValues() {}

  /** True for the types that can be written: F32, F16 and BF16. */
  public static boolean canWrite(DType type) {
    return type == DType.F32 || type == DType.F16 || type == DType.BF16;
  }

  /**
   * Writes values, little-endian, rounded to nearest.
   *
   * @param type one that {@link #canWrite}
   * @throws IllegalArgumentException if a value is not finite or too large for the type, naming its
   *     index; what comes before it may be written
   */
  public static void write(WritableByteChannel channel, DType type, float[] values)
      throws IOException {
    ByteBuffer buffer =
        ByteBuffer.allocate(Math.min(PART, values.length) * Float.BYTES)
            .order(ByteOrder.LITTLE_ENDIAN);
    for (int from = 0; from < values.length; from += PART) {
      buffer.clear();
      for (int i = from; i < Math.min(values.length, from + PART); i++) {
        put(buffer, type, values[i], i);
      }
      AtomicFile.writeFully(channel, buffer.flip());
    }
  }

  private static void put(ByteBuffer buffer, DType type, float value, int index) {
    if (type == DType.F32) {
      requireFits(Float.isFinite(value), type, value, index);
      buffer.putFloat(value);
      return;
    }
    HalfType half = type == DType.F16 ? HalfType.FLOAT16 : HalfType.BFLOAT16;
    requireFits(half.fits(value), type, value, index);
    buffer.putShort(half.narrow(value));
  }

  private static void requireFits(boolean fits, DType type, float value, int index) {
    if (!fits) {
      throw new IllegalArgumentException(
          "the value at index " + index + " is " + value + ", too large for " + type);
    }
  }
}
