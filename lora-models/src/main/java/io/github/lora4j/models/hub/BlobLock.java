package io.github.lora4j.models.hub;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * Keeps other threads and processes of this library from downloading the same blob. It waits for
 * the lock; closing it gives the lock back.
 */
final class BlobLock implements AutoCloseable {
  private static final long POLL_MILLIS = 50;

  private final FileChannel channel;

  private BlobLock(FileChannel channel) {
    this.channel = channel;
  }

  static BlobLock acquire(Path file) throws IOException {
    Files.createDirectories(file.getParent());
    FileChannel channel =
        FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
    try {
      while (!isLocked(channel)) {
        Thread.sleep(POLL_MILLIS);
      }
      return new BlobLock(channel);
    } catch (InterruptedException e) {
      channel.close();
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("interrupted while another process downloads");
    } catch (IOException | RuntimeException e) {
      channel.close();
      throw e;
    }
  }

  /** Polls: a blocking lock would not see the other threads of this JVM. */
  private static boolean isLocked(FileChannel channel) throws IOException {
    try {
      FileLock lock = channel.tryLock();
      return lock != null;
    } catch (OverlappingFileLockException e) {
      return false;
    }
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }
}
