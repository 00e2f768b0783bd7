package io.github.lora4j.models.gguf;

import io.github.lora4j.checkpoint.CheckpointException;
import io.github.lora4j.compute.Kernels;
import io.github.lora4j.names.NearestNames;
import io.github.lora4j.quant.gguf.GgufMatrix;
import io.github.lora4j.quant.gguf.GgufType;
import io.github.lora4j.quant.gguf.PackedRows;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * A GGUF file of version 2 or 3, little-endian. Opening maps it and checks the header, which takes
 * milliseconds; metadata and tensors stay in the file. Thread-safe. Do not shorten a file while it
 * is in use: the JVM would raise an error on access.
 *
 * <p>Source: the GGUF specification of ggml ({@code docs/gguf.md}).
 */
public final class GgufFile implements AutoCloseable {
  /** Read at once: the virtual machine reads through a buffer of its own, as large as this. */
  private static final int READ_BYTES = 1 << 20;

  /** Longest array that every JVM allocates. */
  static final int MAX_ARRAY = Integer.MAX_VALUE - 8;

  /** Bytes that are mapped at a time, about: what is larger has several parts. */
  private static final int PART = 1 << 30;

  private final String source;
  private final FileChannel channel;
  private final GgufHeader header;
  private final int part;

  private GgufFile(String source, FileChannel channel, GgufHeader header, int part) {
    this.source = source;
    this.channel = channel;
    this.header = header;
    this.part = part;
  }

  /**
   * Opens a file.
   *
   * @throws CheckpointException if it does not exist, cannot be read, or its header is not valid
   */
  public static GgufFile open(Path path) {
    return open(path, PART);
  }

  /** As {@link #open(Path)}, with parts of so many bytes. */
  static GgufFile open(Path path, int part) {
    String source = path.toString();
    FileChannel channel = null;
    try {
      channel = FileChannel.open(path, StandardOpenOption.READ);
      long size = channel.size();
      ByteBuffer start =
          channel.map(FileChannel.MapMode.READ_ONLY, 0, Math.min(size, Integer.MAX_VALUE));
      GgufHeader header = GgufHeader.parse(new GgufBytes(source, start), size);
      GgufFile file = new GgufFile(source, channel, header, part);
      channel = null;
      return file;
    } catch (NoSuchFileException e) {
      throw new CheckpointException(source, "file does not exist", e);
    } catch (IOException e) {
      throw new CheckpointException(source, "cannot be read: " + e.getMessage(), e);
    } finally {
      closeQuietly(channel);
    }
  }

  /** The path, for messages. */
  public String source() {
    return source;
  }

  /** The version of the format, 2 or 3. */
  public int version() {
    return header.version();
  }

  /** The metadata. */
  public GgufMetadata metadata() {
    return header.metadata();
  }

  /** All tensors by name, in the order of the file; unmodifiable. */
  public Map<String, GgufTensor> tensors() {
    return header.tensors();
  }

  /**
   * A tensor.
   *
   * @throws CheckpointException if there is none of this name; the message has the nearest names
   */
  public GgufTensor tensor(String name) {
    GgufTensor tensor = header.tensors().get(name);
    if (tensor == null) {
      throw new CheckpointException(
          source,
          name,
          "is not in this file; nearest: " + NearestNames.of(name, tensors().keySet(), 3));
    }
    return tensor;
  }

  /**
   * The type of a tensor.
   *
   * @throws CheckpointException if there is none of this name, or its type is not supported
   */
  public GgufType type(String name) {
    try {
      return GgufType.of(tensor(name).typeId());
    } catch (IllegalArgumentException e) {
      throw new CheckpointException(source, name, e.getMessage(), e);
    }
  }

  /**
   * The packed rows of a tensor, mapped; all dimensions but the last count as rows. They stay valid
   * after {@link #close}.
   *
   * @throws CheckpointException if there is none of this name, its type is not supported, it has
   *     2^31 rows or columns or more, a row has more than 1 GiB, or the file was closed
   */
  public PackedRows rows(String name) {
    GgufTensor tensor = tensor(name);
    GgufType type = type(name);
    long count = tensor.elementCount() / tensor.columns();
    long rowBytes = tensor.columns() / type.blockSize() * type.blockBytes();
    if (count > Integer.MAX_VALUE || tensor.columns() > MAX_ARRAY || rowBytes > PART) {
      throw new CheckpointException(
          source, name, "shape " + tensor.shape() + " is too large for a matrix");
    }
    long partBytes = Math.max(1, part / rowBytes) * rowBytes;
    List<ByteBuffer> parts = new ArrayList<>();
    long bytes = count * rowBytes;
    for (long from = 0; from < bytes; from += partBytes) {
      parts.add(map(tensor, from, Math.min(partBytes, bytes - from)));
    }
    return PackedRows.of(parts, (int) count, (int) rowBytes);
  }

  /**
   * The same read into an array, from its beginning on: for a weight that is made into another
   * form, after which nothing of the file has to stay.
   *
   * @param to at least as long as the tensor, and of the caller
   * @throws CheckpointException as {@link #rows}
   */
  GgufMatrix matrix(Kernels kernels, String name, byte[] to) {
    GgufTensor tensor = tensor(name);
    GgufType type = type(name);
    int columns = Math.toIntExact(tensor.columns());
    int count = Math.toIntExact(tensor.elementCount() / columns);
    ByteBuffer bytes = ByteBuffer.wrap(to, 0, Math.toIntExact(type.bytes(count, columns)));
    read(tensor, 0, bytes.slice());
    PackedRows rows = PackedRows.of(List.of(bytes), count, bytes.remaining() / count);
    return new GgufMatrix(kernels, type, count, columns, rows);
  }

  private ByteBuffer map(GgufTensor tensor, long from, long length) {
    long position = tensor.offset() + from;
    try {
      return channel.map(FileChannel.MapMode.READ_ONLY, position, length);
    } catch (IOException e) {
      String problem = channel.isOpen() ? "cannot be mapped: " + e : "the file was closed";
      throw new CheckpointException(source, tensor.name(), position, problem);
    }
  }

  /** Copies bytes of a tensor, from an offset in it; nothing is mapped. */
  void read(GgufTensor tensor, long offset, byte[] to) {
    read(tensor, offset, ByteBuffer.wrap(to));
  }

  private void read(GgufTensor tensor, long offset, ByteBuffer buffer) {
    long position = tensor.offset() + offset;
    try {
      while (buffer.hasRemaining()) {
        int at = buffer.position();
        int count = Math.min(READ_BYTES, buffer.remaining());
        int read = channel.read(buffer.slice(at, count), position + at);
        if (read < 0) {
          throw new CheckpointException(source, tensor.name(), position, "the file has ended");
        }
        buffer.position(at + read);
      }
    } catch (IOException e) {
      String problem = channel.isOpen() ? "cannot be read: " + e : "the file was closed";
      throw new CheckpointException(source, tensor.name(), position, problem);
    }
  }

  /**
   * A tensor as a weight that stays in the file; all dimensions but the last count as rows.
   *
   * @throws CheckpointException as {@link #rows}
   */
  public GgufMatrix matrix(Kernels kernels, String name) {
    PackedRows rows = rows(name);
    int columns = Math.toIntExact(tensor(name).columns());
    return new GgufMatrix(kernels, type(name), rows.rows(), columns, rows);
  }

  /**
   * A whole tensor, decoded to float32, row-major.
   *
   * @throws CheckpointException as {@link #rows}, and if it has more than 2^31 - 9 elements
   */
  public float[] readFloat32(String name) {
    return decode(name, matrix(Kernels.plain(), name));
  }

  /** The values of a matrix over a tensor. */
  float[] decode(String name, GgufMatrix matrix) {
    long elements = (long) matrix.out() * matrix.in();
    if (elements > MAX_ARRAY) {
      throw new CheckpointException(
          source, name, elements + " elements are too many for one array");
    }
    float[] values = new float[(int) elements];
    matrix.decodeRows(0, matrix.out(), 0, matrix.in(), values, 0, matrix.in());
    return values;
  }

  /** Closes the file; what is mapped stays so until it is no longer used. */
  @Override
  public void close() {
    closeQuietly(channel);
  }

  private static void closeQuietly(FileChannel channel) {
    try {
      if (channel != null) {
        channel.close();
      }
    } catch (IOException e) {
      // Nothing was written through it, so nothing can be lost.
      return;
    }
  }
}
