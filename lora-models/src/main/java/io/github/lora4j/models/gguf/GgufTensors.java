package io.github.lora4j.models.gguf;

import io.github.lora4j.checkpoint.DType;
import io.github.lora4j.checkpoint.NamedTensors;
import io.github.lora4j.checkpoint.TensorInfo;
import io.github.lora4j.compute.Kernels;
import io.github.lora4j.quant.gguf.GgufType;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Set;

/**
 * The tensors of a GGUF file as float32, decoded as they are read, under their Hugging Face names.
 * Linear layers have outputs as rows, those of GPT-2 too. Rows are read, not mapped: the process
 * does not grow by the file. Not thread-safe.
 */
public final class GgufTensors implements NamedTensors {
  private static final int FLOAT = Float.BYTES;

  private final Kernels kernels;
  private final GgufCheckpoint checkpoint;

  /** The row that was read last, and where. */
  private String held;

  private int heldRow;
  private int[] order;
  private byte[] stored = {};
  private float[] row = {};

  /**
   * @param kernels that decode
   * @param checkpoint closed with this
   */
  public GgufTensors(Kernels kernels, GgufCheckpoint checkpoint) {
    this.kernels = kernels;
    this.checkpoint = checkpoint;
  }

  @Override
  public String source() {
    return checkpoint.file().source();
  }

  @Override
  public Set<String> names() {
    return checkpoint.names();
  }

  @Override
  public TensorInfo info(String name) {
    GgufTensor tensor = checkpoint.tensor(name);
    return new TensorInfo(name, DType.F32, tensor.shape(), 0, tensor.elementCount() * FLOAT);
  }

  @Override
  public float[] readFloat32(String name) {
    ByteBuffer bytes = bytes(name);
    float[] values = new float[bytes.remaining() / FLOAT];
    bytes.asFloatBuffer().get(values);
    return values;
  }

  @Override
  public ByteBuffer bytes(String name, long offset, int length) {
    ByteBuffer bytes = ByteBuffer.allocate(length);
    read(name, offset, bytes);
    return bytes.flip().asReadOnlyBuffer().order(ByteOrder.LITTLE_ENDIAN);
  }

  @Override
  public void read(String name, long offset, ByteBuffer to) {
    TensorInfo info = info(name);
    if (offset % FLOAT != 0 || to.remaining() % FLOAT != 0) {
      throw new IllegalArgumentException("a part of a float32 value of " + name);
    }
    if (offset < 0 || offset + to.remaining() > info.byteLength()) {
      throw new IndexOutOfBoundsException(
          to.remaining() + " bytes from " + offset + " of " + info.byteLength() + " of " + name);
    }
    int columns = Math.toIntExact(checkpoint.tensor(name).columns());
    for (long at = offset / FLOAT; to.hasRemaining(); ) {
      hold(name, (int) (at / columns), info);
      int col = (int) (at % columns);
      int count = Math.min(to.remaining() / FLOAT, columns - col);
      to.slice().order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer().put(row, col, count);
      to.position(to.position() + count * FLOAT);
      at += count;
    }
  }

  private void hold(String name, int number, TensorInfo info) {
    boolean same = name.equals(held);
    if (same && number == heldRow) {
      return;
    }
    if (info.shape().size() == 1) {
      row = checkpoint.readFloat32(name);
    } else {
      order = same ? order : checkpoint.rowOrder(name);
      decode(name, order == null ? number : order[number]);
    }
    held = name;
    heldRow = number;
  }

  private void decode(String name, int number) {
    GgufTensor tensor = checkpoint.tensor(name);
    GgufType type = checkpoint.type(name);
    int blocks = Math.toIntExact(tensor.columns() / type.blockSize());
    if (row.length != tensor.columns() || stored.length != blocks * type.blockBytes()) {
      row = new float[Math.toIntExact(tensor.columns())];
      stored = new byte[blocks * type.blockBytes()];
    }
    checkpoint.file().read(tensor, (long) number * stored.length, stored);
    type.decode(kernels, stored, 0, blocks, row, 0);
  }

  @Override
  public void close() {
    checkpoint.close();
  }
}
