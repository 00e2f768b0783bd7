package io.github.lora4j.checkpoint;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * Reads parts of tensors as float32, through one buffer that is used again and again. Values are
 * those of {@link NamedTensors#readFloat32}. Not thread-safe.
 */
public final class Float32Reader {
  private static final int BYTES = 1 << 20;

  private final NamedTensors tensors;
  private final ByteBuffer chunk;

  /** Reads from open tensors, which stay their owner's. */
  public Float32Reader(NamedTensors tensors) {
    this(tensors, BYTES);
  }

  /** As above, with a buffer that is no larger than what will be read. */
  Float32Reader(NamedTensors tensors, long mostBytes) {
    this.tensors = tensors;
    this.chunk =
        ByteBuffer.allocate((int) Math.min(BYTES, mostBytes)).order(ByteOrder.LITTLE_ENDIAN);
  }

  /**
   * Reads elements {@code [first, first + count)} of a tensor, row-major, to {@code to[0 ..
   * count)}.
   *
   * @throws CheckpointException if there is none of this name, it has a type that is not read as
   *     float32, or it cannot be read
   * @throws IndexOutOfBoundsException if the tensor has fewer elements
   */
  public void read(String name, long first, float[] to, int count) {
    TensorInfo info = tensors.info(name);
    DType dtype = info.dtype();
    if (!dtype.isReadableAsFloat32()) {
      throw new CheckpointException(
          tensors.source(),
          name,
          info.offset(),
          "has dtype " + dtype + ", not one read as float32");
    }
    int size = dtype.byteSize();
    for (int at = 0; at < count; ) {
      int part = Math.min(chunk.capacity() / size, count - at);
      tensors.read(name, (first + at) * size, chunk.clear().limit(part * size));
      Float32Decoder.decode(dtype, chunk.flip(), to, at);
      at += part;
    }
  }
}
