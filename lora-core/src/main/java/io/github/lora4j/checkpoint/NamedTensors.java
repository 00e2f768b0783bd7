package io.github.lora4j.checkpoint;

import java.nio.ByteBuffer;
import java.util.Set;

/**
 * Tensors by name, out of one file or several. Implementations are immutable while open and
 * thread-safe; reading after {@link #close} is a {@link CheckpointException}.
 */
public interface NamedTensors extends AutoCloseable {

  /** The file or directory, for messages. */
  String source();

  /** All names, in the order of the file. */
  Set<String> names();

  /**
   * Type, shape and place of a tensor.
   *
   * @throws CheckpointException if there is none of this name; the message has the nearest names
   */
  TensorInfo info(String name);

  /**
   * Reads a whole tensor as float32, row-major. F32 comes bit for bit, F16 and BF16 exactly, F64
   * rounded to the nearest.
   *
   * @throws CheckpointException if there is none of this name, it has another type, it has more
   *     than 2^31 - 9 elements, or it cannot be read
   */
  float[] readFloat32(String name);

  /**
   * A read-only little-endian view of part of a tensor's bytes, mapped where the format allows. It
   * stays valid after {@link #close}.
   *
   * @param offset first byte, from the start of the tensor
   * @param length bytes
   * @throws CheckpointException if there is none of this name, or it cannot be read
   * @throws IndexOutOfBoundsException if the range is not within the tensor
   */
  ByteBuffer bytes(String name, long offset, int length);

  /**
   * A read-only little-endian view of all bytes of a tensor.
   *
   * @throws CheckpointException as {@link #bytes(String, long, int)}, and if the tensor has 2 GiB
   *     or more: such tensors are read in parts
   */
  default ByteBuffer bytes(String name) {
    TensorInfo info = info(name);
    if (info.byteLength() > Integer.MAX_VALUE) {
      throw new CheckpointException(
          source(), name, info.byteLength() + " bytes are too many for one buffer");
    }
    return bytes(name, 0, (int) info.byteLength());
  }

  /**
   * Copies bytes of a tensor; nothing stays mapped, so the process does not grow by the file.
   *
   * @param offset bytes from the start of the tensor
   * @param to filled up from its position
   * @throws CheckpointException if there is none of this name, or it cannot be read
   * @throws IndexOutOfBoundsException if the tensor has too few bytes
   */
  default void read(String name, long offset, ByteBuffer to) {
    to.put(bytes(name, offset, to.remaining()));
  }

  /**
   * Reads as {@link #readFloat32} and refuses weights that are not finite.
   *
   * @throws CheckpointException also at the first NaN or infinity, naming the tensor and the index
   */
  default float[] readFinite(String name) {
    float[] values = readFloat32(name);
    requireFinite(source(), name, values);
    return values;
  }

  /**
   * Refuses values that are not finite.
   *
   * @param source the file, for the message
   * @param name the tensor, for the message
   * @throws CheckpointException at the first NaN or infinity
   */
  static void requireFinite(String source, String name, float[] values) {
    requireFinite(source, name, values, 0);
  }

  /**
   * Refuses values that are not finite in a part of a tensor.
   *
   * @param first the index of the first value in the tensor, for the message
   * @throws CheckpointException at the first NaN or infinity
   */
  static void requireFinite(String source, String name, float[] values, long first) {
    for (int i = 0; i < values.length; i++) {
      if (!Float.isFinite(values[i])) {
        throw new CheckpointException(
            source, name, "value " + values[i] + " at index " + (first + i) + " is not finite");
      }
    }
  }

  /** Releases the file. Does nothing the second time. */
  @Override
  void close();
}
