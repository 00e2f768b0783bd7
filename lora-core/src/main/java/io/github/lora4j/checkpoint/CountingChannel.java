package io.github.lora4j.checkpoint;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.WritableByteChannel;

/** Counts the bytes that go through to another channel. Closing it leaves the other open. */
final class CountingChannel implements WritableByteChannel {

  private final WritableByteChannel target;
  private long count;

  CountingChannel(WritableByteChannel target) {
    this.target = target;
  }

  long count() {
    return count;
  }

  @Override
  public int write(ByteBuffer source) throws IOException {
    int written = target.write(source);
    count += written;
    return written;
  }

  @Override
  public boolean isOpen() {
    return target.isOpen();
  }

  @Override
  public void close() {
    // The file goes on after this tensor.
  }
}
