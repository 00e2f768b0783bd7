package io.github.lora4j.optim;

import io.github.lora4j.checkpoint.DType;
import java.nio.ByteBuffer;
import java.util.Objects;

/** The elements of a {@link StateTensor}, wherever they are, as they stand in a checkpoint file. */
public interface StateValues {
  /** The type of an element. */
  DType dtype();

  /** How many elements there are. */
  int size();

  /**
   * Reads elements.
   *
   * @param from the first element
   * @param to little-endian; filled up from its position with whole elements
   */
  void get(int from, ByteBuffer to);

  /**
   * Writes elements.
   *
   * @param from the first element
   * @param bytes little-endian whole elements; read to the limit
   */
  void put(int from, ByteBuffer bytes);

  /** Float32 values in an array. */
  static StateValues of(float[] values) {
    return new StateValues() {
      @Override
      public DType dtype() {
        return DType.F32;
      }

      @Override
      public int size() {
        return values.length;
      }

      @Override
      public void get(int from, ByteBuffer to) {
        int count = to.remaining() / Float.BYTES;
        to.asFloatBuffer().put(values, from, count);
        to.position(to.position() + count * Float.BYTES);
      }

      @Override
      public void put(int from, ByteBuffer bytes) {
        int count = bytes.remaining() / Float.BYTES;
        bytes.asFloatBuffer().get(values, from, count);
        bytes.position(bytes.position() + count * Float.BYTES);
      }
    };
  }

  /** Bytes in an array. */
  static StateValues of(byte[] values) {
    return new StateValues() {
      @Override
      public DType dtype() {
        return DType.U8;
      }

      @Override
      public int size() {
        return values.length;
      }

      @Override
      public void get(int from, ByteBuffer to) {
        to.put(values, from, to.remaining());
      }

      @Override
      public void put(int from, ByteBuffer bytes) {
        Objects.checkFromIndexSize(from, bytes.remaining(), values.length);
        bytes.get(values, from, bytes.remaining());
      }
    };
  }
}
