package io.github.lora4j.models.gguf;

import io.github.lora4j.checkpoint.AtomicFile;
import io.github.lora4j.checkpoint.CheckpointException;
import io.github.lora4j.quant.gguf.GgufType;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.channels.WritableByteChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Collects metadata and tensors and writes them as one GGUF file of version 3, little-endian, with
 * the data of each tensor at a multiple of 32 bytes. Tensors are produced while the file is
 * written, one after the other. Not thread-safe.
 *
 * <p>Source: the GGUF specification of ggml ({@code docs/gguf.md}).
 */
public final class GgufWriter {
  /** The bytes of one tensor, produced when the file is written. */
  @FunctionalInterface
  public interface Data {
    /** Writes all blocks, row after row, exactly as many bytes as type and shape have. */
    void writeTo(WritableByteChannel channel) throws IOException;
  }

  private record Entry(String name, GgufType type, List<Long> shape, long bytes, Data data) {}

  private static final int MAGIC = 0x46554747;
  private static final int VERSION = 3;
  private static final int ALIGNMENT = 32;

  private final ByteArrayOutputStream metadata = new ByteArrayOutputStream();
  private final Set<String> keys = new HashSet<>();
  private final Set<String> names = new HashSet<>();
  private final List<Entry> tensors = new ArrayList<>();

  /** Adds a string. */
  public GgufWriter string(String key, String value) {
    return value(key, GgufValueType.STRING, text(value));
  }

  /** Adds a number. */
  public GgufWriter float32(String key, float value) {
    return value(key, GgufValueType.FLOAT32, bytes(Float.BYTES).putFloat(value).array());
  }

  /** Adds an integer of 32 bits without sign. */
  public GgufWriter uint32(String key, int value) {
    return value(key, GgufValueType.UINT32, bytes(Integer.BYTES).putInt(value).array());
  }

  private GgufWriter value(String key, GgufValueType type, byte[] value) {
    if (!keys.add(key)) {
      throw new IllegalArgumentException("metadata '" + key + "' was added twice");
    }
    metadata.writeBytes(text(key));
    metadata.writeBytes(bytes(Integer.BYTES).putInt(type.ordinal()).array());
    metadata.writeBytes(value);
    return this;
  }

  /**
   * Adds a tensor.
   *
   * @param shape row-major: values lie one after the other along the last dimension
   * @throws IllegalArgumentException if the name was added before, or rows are not whole blocks
   */
  public GgufWriter tensor(String name, GgufType type, List<Long> shape, Data data) {
    long columns = shape.get(shape.size() - 1);
    if (columns % type.blockSize() != 0) {
      throw new IllegalArgumentException(
          "tensor '"
              + name
              + "': rows of "
              + columns
              + " values are not whole "
              + type
              + " blocks of "
              + type.blockSize());
    }
    long elements = shape.stream().reduce(1L, Math::multiplyExact);
    long bytes = Math.multiplyExact(elements / type.blockSize(), (long) type.blockBytes());
    if (!names.add(name)) {
      throw new IllegalArgumentException("tensor '" + name + "' was added twice");
    }
    tensors.add(new Entry(name, type, List.copyOf(shape), bytes, data));
    return this;
  }

  /**
   * Writes the file aside and moves it into place.
   *
   * @throws CheckpointException if it cannot be written (a full disk, say); a file that was there
   *     is unchanged and nothing is left behind
   */
  public void write(Path path) {
    try {
      AtomicFile.write(path, this::writeTo);
    } catch (IOException e) {
      throw new CheckpointException(path.toString(), "cannot be written: " + e, e);
    }
  }

  private void writeTo(FileChannel channel) throws IOException {
    AtomicFile.writeFully(channel, ByteBuffer.wrap(header()));
    for (Entry entry : tensors) {
      pad(channel);
      long start = channel.position();
      entry.data.writeTo(channel);
      long written = channel.position() - start;
      if (written != entry.bytes) {
        throw new IOException(
            "tensor '" + entry.name + "' wrote " + written + " bytes, not " + entry.bytes);
      }
    }
    pad(channel);
  }

  private byte[] header() {
    ByteArrayOutputStream header = new ByteArrayOutputStream();
    ByteBuffer start = bytes(24).putInt(MAGIC).putInt(VERSION);
    header.writeBytes(start.putLong(tensors.size()).putLong(keys.size()).array());
    header.writeBytes(metadata.toByteArray());
    long offset = 0;
    for (Entry entry : tensors) {
      header.writeBytes(text(entry.name));
      List<Long> shape = entry.shape;
      ByteBuffer info = bytes(Integer.BYTES * 2 + Long.BYTES * (shape.size() + 1));
      info.putInt(shape.size());
      for (int i = shape.size() - 1; i >= 0; i--) {
        info.putLong(shape.get(i));
      }
      header.writeBytes(info.putInt(entry.type.id()).putLong(offset).array());
      offset = Math.addExact(offset, aligned(entry.bytes));
    }
    return header.toByteArray();
  }

  private static void pad(FileChannel channel) throws IOException {
    long position = channel.position();
    int missing = (int) (aligned(position) - position);
    AtomicFile.writeFully(channel, ByteBuffer.allocate(missing));
  }

  private static long aligned(long position) {
    return (position + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
  }

  private static byte[] text(String text) {
    byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
    return bytes(Long.BYTES + utf8.length).putLong(utf8.length).put(utf8).array();
  }

  private static ByteBuffer bytes(int size) {
    return ByteBuffer.allocate(size).order(ByteOrder.LITTLE_ENDIAN);
  }
}
