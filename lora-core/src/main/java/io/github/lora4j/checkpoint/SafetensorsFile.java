package io.github.lora4j.checkpoint;

import io.github.lora4j.names.NearestNames;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

/**
 * A safetensors file. Opening reads and checks the header only. {@link #readFloat32} reads from the
 * file; {@link #bytes} maps the part asked for, so a file may be of any size. Thread-safe. Do not
 * shorten a file while its bytes are mapped: the JVM would raise an error on access.
 */
public final class SafetensorsFile implements NamedTensors {

  /** Longest array that every JVM allocates. */
  private static final int MAX_ARRAY = Integer.MAX_VALUE - 8;

  private final String source;
  private final FileChannel channel;
  private final SafetensorsHeader header;

  private SafetensorsFile(String source, FileChannel channel, SafetensorsHeader header) {
    this.source = source;
    this.channel = channel;
    this.header = header;
  }

  /**
   * Opens a file.
   *
   * @throws CheckpointException if it does not exist, cannot be read, or its header is not valid
   */
  public static SafetensorsFile open(Path path) {
    String source = path.toString();
    FileChannel channel = null;
    try {
      channel = FileChannel.open(path, StandardOpenOption.READ);
      SafetensorsFile file = new SafetensorsFile(source, channel, readHeader(source, channel));
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

  private static SafetensorsHeader readHeader(String source, FileChannel channel)
      throws IOException {
    long fileSize = channel.size();
    if (fileSize < 8) {
      throw new CheckpointException(
          source, "has " + fileSize + " bytes; a safetensors file has at least 8");
    }
    ByteBuffer length = ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN);
    readFully(channel, length, 0);
    long headerBytes = length.getLong(0);
    if (headerBytes < 0 || headerBytes > SafetensorsHeader.MAX_HEADER_BYTES) {
      throw new CheckpointException(
          source,
          "header length "
              + Long.toUnsignedString(headerBytes)
              + " is over the limit of "
              + SafetensorsHeader.MAX_HEADER_BYTES
              + " bytes (is this a safetensors file?)");
    }
    if (headerBytes > fileSize - 8) {
      throw new CheckpointException(
          source,
          "header length "
              + headerBytes
              + " goes past the end of the file of "
              + fileSize
              + " bytes");
    }
    byte[] json = new byte[(int) headerBytes];
    readFully(channel, ByteBuffer.wrap(json), 8);
    return SafetensorsHeader.parse(source, json, fileSize);
  }

  /** The strings under {@code __metadata__}, such as {@code format}; unmodifiable. */
  public Map<String, String> metadata() {
    return header.metadata();
  }

  @Override
  public String source() {
    return source;
  }

  @Override
  public Set<String> names() {
    return header.tensors().keySet();
  }

  @Override
  public TensorInfo info(String name) {
    TensorInfo info = header.tensors().get(name);
    if (info == null) {
      throw missing(source, name, names());
    }
    return info;
  }

  static CheckpointException missing(String source, String name, Set<String> known) {
    return new CheckpointException(
        source, name, "is not in this checkpoint; nearest: " + NearestNames.of(name, known, 3));
  }

  @Override
  public float[] readFloat32(String name) {
    TensorInfo info = info(name);
    if (info.elementCount() > MAX_ARRAY) {
      throw new CheckpointException(
          source, name, info.elementCount() + " elements are too many for one array");
    }
    float[] values = new float[(int) info.elementCount()];
    new Float32Reader(this, info.byteLength()).read(name, 0, values, values.length);
    return values;
  }

  @Override
  public ByteBuffer bytes(String name, long offset, int length) {
    TensorInfo info = info(name);
    Objects.checkFromIndexSize(offset, length, info.byteLength());
    if (length == 0) {
      return ByteBuffer.allocate(0).asReadOnlyBuffer().order(ByteOrder.LITTLE_ENDIAN);
    }
    long position = info.offset() + offset;
    try {
      return channel
          .map(FileChannel.MapMode.READ_ONLY, position, length)
          .order(ByteOrder.LITTLE_ENDIAN);
    } catch (IOException e) {
      throw unreadable(name, position, e);
    }
  }

  @Override
  public void read(String name, long offset, ByteBuffer to) {
    TensorInfo info = info(name);
    Objects.checkFromIndexSize(offset, to.remaining(), info.byteLength());
    long position = info.offset() + offset;
    try {
      readFully(channel, to, position);
    } catch (IOException e) {
      throw unreadable(name, position, e);
    }
  }

  private CheckpointException unreadable(String name, long position, IOException e) {
    String problem = channel.isOpen() ? "cannot be read: " + e : "the file was closed";
    return new CheckpointException(source, name, position, problem);
  }

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

  private static void readFully(FileChannel channel, ByteBuffer buffer, long position)
      throws IOException {
    long at = position;
    while (buffer.hasRemaining()) {
      int count = channel.read(buffer, at);
      if (count < 0) {
        throw new EOFException("the file ends at byte " + at);
      }
      at += count;
    }
  }
}
