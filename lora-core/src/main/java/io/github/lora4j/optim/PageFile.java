package io.github.lora4j.optim;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;

/**
 * A file of zeros whose parts are mapped as float32 values. It is deleted on close, and by the
 * operating system if the process is killed.
 */
final class PageFile implements AutoCloseable {
  private static final int ZEROS = 1 << 20;

  private final Path folder;
  private final FileChannel channel;
  private final int segmentSize;
  private final List<PagedFloats> parts = new ArrayList<>();
  private long used;

  private PageFile(Path folder, FileChannel channel, int segmentSize) {
    this.folder = folder;
    this.channel = channel;
    this.segmentSize = segmentSize;
  }

  /**
   * Makes a file of a fixed length in a folder, which is made too if it is missing.
   *
   * @param bytes its length
   * @param segmentSize values in one mapping
   * @throws UncheckedIOException if the folder cannot be written to or has too little space;
   *     nothing is left behind
   */
  static PageFile create(Path folder, long bytes, int segmentSize) {
    try {
      Files.createDirectories(folder);
      requireSpace(folder, bytes);
      Path file = folder.resolve(".moments." + UUID.randomUUID() + ".tmp");
      FileChannel channel =
          FileChannel.open(
              file,
              StandardOpenOption.CREATE_NEW,
              StandardOpenOption.READ,
              StandardOpenOption.WRITE,
              StandardOpenOption.DELETE_ON_CLOSE);
      try {
        fill(channel, bytes);
      } catch (IOException | RuntimeException | Error e) {
        channel.close();
        throw e;
      }
      return new PageFile(folder, channel, segmentSize);
    } catch (IOException e) {
      throw failure(folder, e);
    }
  }

  private static void requireSpace(Path folder, long bytes) throws IOException {
    long usable = Files.getFileStore(folder).getUsableSpace();
    if (usable < bytes) {
      throw new IOException(bytes + " bytes are needed there, " + usable + " are free");
    }
  }

  /** Takes the space now: a full disk below a mapping would be an error of the virtual machine. */
  private static void fill(FileChannel channel, long bytes) throws IOException {
    ByteBuffer zeros = ByteBuffer.allocateDirect((int) Math.min(ZEROS, bytes));
    for (long left = bytes; left > 0; ) {
      zeros.clear().limit((int) Math.min(zeros.capacity(), left));
      left -= channel.write(zeros);
    }
  }

  /** Maps the next {@code size} values of the file. */
  PagedFloats next(int size) {
    List<FloatBuffer> segments = new ArrayList<>();
    try {
      for (int at = 0; at < size; ) {
        int length = Math.min(segmentSize, size - at);
        long bytes = (long) length * Float.BYTES;
        segments.add(
            channel
                .map(FileChannel.MapMode.READ_WRITE, used, bytes)
                .order(ByteOrder.nativeOrder())
                .asFloatBuffer());
        used += bytes;
        at += length;
      }
    } catch (IOException e) {
      throw failure(folder, e);
    }
    PagedFloats part = new PagedFloats(size, segmentSize, segments);
    parts.add(part);
    return part;
  }

  private static UncheckedIOException failure(Path folder, IOException e) {
    // The message of a FileSystemException is often the file alone.
    String reason = e instanceof FileSystemException ? e.toString() : e.getMessage();
    return new UncheckedIOException(
        "the moments of the optimizer cannot be kept in " + folder + ": " + reason, e);
  }

  @Override
  public void close() {
    parts.forEach(PagedFloats::close);
    try {
      channel.close();
    } catch (IOException e) {
      throw failure(folder, e);
    }
  }
}
