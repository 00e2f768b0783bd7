package io.github.lora4j.models.merge;

import io.github.lora4j.checkpoint.CheckpointException;
import io.github.lora4j.checkpoint.DType;
import io.github.lora4j.checkpoint.NamedTensors;
import io.github.lora4j.checkpoint.SafetensorsWriter;
import io.github.lora4j.checkpoint.TensorInfo;
import io.github.lora4j.models.weights.FloatValues;
import java.io.IOException;
import java.nio.channels.WritableByteChannel;

/** A tensor with new values, written in the type that it has. */
final class ChangedTensor {
  private ChangedTensor() {}

  /** Adds it to a file; the change is made when that is written. */
  static void add(
      SafetensorsWriter writer, NamedTensors tensors, String name, TensorChange change) {
    TensorInfo info = tensors.info(name);
    DType type = info.dtype();
    if (!FloatValues.canWrite(type)) {
      throw new CheckpointException(
          tensors.source(), name, "is of type " + type + "; merged can be F32, F16 and BF16");
    }
    writer.add(
        name,
        type,
        info.shape(),
        channel -> write(channel, tensors.source(), name, type, values(tensors, name, change)));
  }

  private static float[] values(NamedTensors tensors, String name, TensorChange change) {
    try {
      return change.apply(tensors.readFinite(name), tensors.info(name).shape());
    } catch (IllegalArgumentException e) {
      throw new CheckpointException(tensors.source(), name, e.getMessage(), e);
    }
  }

  /** Writes values that an adapter changed. */
  static void write(
      WritableByteChannel channel, String source, String name, DType type, float[] values)
      throws IOException {
    try {
      FloatValues.write(channel, type, values);
    } catch (IllegalArgumentException e) {
      throw new CheckpointException(source, name, "with the adapter " + e.getMessage(), e);
    }
  }
}
