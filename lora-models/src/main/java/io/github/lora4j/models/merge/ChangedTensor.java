package io.github.lora4j.models.merge;

import io.github.lora4j.checkpoint.AtomicFile;
import io.github.lora4j.checkpoint.CheckpointException;
import io.github.lora4j.checkpoint.DType;
import io.github.lora4j.checkpoint.NamedTensors;
import io.github.lora4j.checkpoint.SafetensorsWriter;
import io.github.lora4j.checkpoint.TensorInfo;
import io.github.lora4j.tensor.HalfType;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.WritableByteChannel;

/** A tensor with new values, written in the type that it has. */
final class ChangedTensor {
  /** Values that are written at a time. */
  private static final int PART = 1 << 16;

  private ChangedTensor() {}

  /** Adds it to a file; the change is made when that is written. */
  static void add(
      SafetensorsWriter writer, NamedTensors tensors, String name, TensorChange change) {
    TensorInfo info = tensors.info(name);
    DType type = info.dtype();
    if (type != DType.F32 && type != DType.F16 && type != DType.BF16) {
      throw new CheckpointException(
          tensors.source(), name, "is of type " + type + "; merged can be F32, F16 and BF16");
    }
    writer.add(
        name,
        type,
        info.shape(),
        channel -> write(channel, tensors, name, type, values(tensors, name, change)));
  }

  private static float[] values(NamedTensors tensors, String name, TensorChange change) {
    try {
      return change.apply(tensors.readFinite(name), tensors.info(name).shape());
    } catch (IllegalArgumentException e) {
      throw new CheckpointException(tensors.source(), name, e.getMessage(), e);
    }
  }

  private static void write(
      WritableByteChannel channel, NamedTensors tensors, String name, DType type, float[] values)
      throws IOException {
    ByteBuffer buffer = ByteBuffer.allocate(PART * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    for (int from = 0; from < values.length; from += PART) {
      buffer.clear();
      for (int i = from; i < Math.min(values.length, from + PART); i++) {
        put(buffer, type, values[i], tensors, name, i);
      }
      AtomicFile.writeFully(channel, buffer.flip());
    }
  }

  private static void put(
      ByteBuffer buffer, DType type, float value, NamedTensors tensors, String name, int index) {
    if (type == DType.F32) {
      requireFits(Float.isFinite(value), value, type, tensors, name, index);
      buffer.putFloat(value);
      return;
    }
    HalfType half = type == DType.F16 ? HalfType.FLOAT16 : HalfType.BFLOAT16;
    requireFits(half.fits(value), value, type, tensors, name, index);
    buffer.putShort(half.narrow(value));
  }

  private static void requireFits(
      boolean fits, float value, DType type, NamedTensors tensors, String name, int index) {
    if (!fits) {
      throw new CheckpointException(
          tensors.source(),
          name,
          "with the adapter the value at index "
              + index
              + " is "
              + value
              + ", too large for "
              + type);
    }
  }
}
