package io.github.lora4j.models.weights;

import io.github.lora4j.checkpoint.AtomicFile;
import io.github.lora4j.checkpoint.NamedTensors;
import io.github.lora4j.checkpoint.SafetensorsWriter;
import io.github.lora4j.checkpoint.TensorInfo;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.WritableByteChannel;

/**
 * Tensors that go from one checkpoint to another, byte for byte. Through a buffer: the pages of a
 * mapped file would count as memory of the process. Not thread-safe.
 */
public final class TensorCopy {
  private static final int PART = 1 << 20;

  private final NamedTensors from;
  private final ByteBuffer buffer = ByteBuffer.allocate(PART);

  /** Copies out of a checkpoint, which must be open until the file is written. */
  public TensorCopy(NamedTensors from) {
    this.from = from;
  }

  /** Adds a tensor to a file. */
  public void add(SafetensorsWriter writer, String name) {
    TensorInfo info = from.info(name);
    writer.add(name, info.dtype(), info.shape(), channel -> copy(name, channel));
  }

  private void copy(String name, WritableByteChannel channel) throws IOException {
    long length = from.info(name).byteLength();
    for (long at = 0; at < length; at += buffer.limit()) {
      from.read(name, at, buffer.clear().limit((int) Math.min(PART, length - at)));
      AtomicFile.writeFully(channel, buffer.flip());
    }
  }
}
