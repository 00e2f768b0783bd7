package io.github.lora4j.models.merge;

import io.github.lora4j.checkpoint.AtomicFile;
import io.github.lora4j.checkpoint.NamedTensors;
import io.github.lora4j.checkpoint.SafetensorsWriter;
import io.github.lora4j.checkpoint.TensorInfo;
import java.nio.ByteBuffer;

/** Tensors that go from one file to another, byte for byte. */
final class TensorCopy {
  private static final int PART = 1 << 20;

  private TensorCopy() {}

  /** Adds it to a file. */
  static void add(SafetensorsWriter writer, NamedTensors tensors, String name) {
    TensorInfo info = tensors.info(name);
    long length = info.byteLength();
    writer.add(
        name,
        info.dtype(),
        info.shape(),
        channel -> {
          // Through a buffer: the pages of a mapped file would count as memory of the process.
          ByteBuffer buffer = ByteBuffer.allocate((int) Math.min(PART, length));
          for (long at = 0; at < length; at += buffer.limit()) {
            tensors.read(name, at, buffer.clear().limit((int) Math.min(PART, length - at)));
            AtomicFile.writeFully(channel, buffer.flip());
          }
        });
  }
}
