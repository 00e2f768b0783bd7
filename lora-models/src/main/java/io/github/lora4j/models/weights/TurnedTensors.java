package io.github.lora4j.models.weights;

import io.github.lora4j.checkpoint.NamedTensors;
import io.github.lora4j.checkpoint.TensorInfo;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Set;

/**
 * A checkpoint some of whose matrices are read the other way round. One of them is in memory at a
 * time. Not thread-safe.
 */
public final class TurnedTensors implements NamedTensors {
  private final NamedTensors tensors;
  private final Set<String> turned;
  private String held;
  private ByteBuffer bytes;

  /**
   * @param tensors closed with this
   * @param turned names of matrices
   */
  public TurnedTensors(NamedTensors tensors, Set<String> turned) {
    this.tensors = tensors;
    this.turned = Set.copyOf(turned);
  }

  @Override
  public String source() {
    return tensors.source();
  }

  @Override
  public Set<String> names() {
    return tensors.names();
  }

  @Override
  public TensorInfo info(String name) {
    TensorInfo info = tensors.info(name);
    if (!turned.contains(name)) {
      return info;
    }
    List<Long> shape = new ArrayList<>(info.shape());
    Collections.reverse(shape);
    return new TensorInfo(name, info.dtype(), shape, info.offset(), info.byteLength());
  }

  @Override
  public float[] readFloat32(String name) {
    float[] values = tensors.readFloat32(name);
    return turned.contains(name) ? Transpose.floats(values, columns(name)) : values;
  }

  @Override
  public ByteBuffer bytes(String name, long offset, int length) {
    if (!turned.contains(name)) {
      return tensors.bytes(name, offset, length);
    }
    if (!name.equals(held)) {
      bytes =
          Transpose.bytes(
              tensors.bytes(name), columns(name), tensors.info(name).dtype().byteSize());
      held = name;
    }
    return bytes.slice((int) offset, length).asReadOnlyBuffer().order(ByteOrder.LITTLE_ENDIAN);
  }

  @Override
  public void read(String name, long offset, ByteBuffer to) {
    if (turned.contains(name)) {
      to.put(bytes(name, offset, to.remaining()));
    } else {
      tensors.read(name, offset, to);
    }
  }

  private int columns(String name) {
    return Math.toIntExact(tensors.info(name).shape().get(1));
  }

  @Override
  public void close() {
    bytes = null;
    tensors.close();
  }
}
