package io.github.lora4j.models.onnx;

import java.io.InputStream;
import java.nio.ByteBuffer;

/** Reads a buffer as a stream; skipping is free, so the parser touches no weights. */
final class ByteBufferStream extends InputStream {

  private final ByteBuffer buffer;

  ByteBufferStream(ByteBuffer buffer) {
    this.buffer = buffer.duplicate();
  }

  @Override
  public int read() {
    return buffer.hasRemaining() ? buffer.get() & 0xff : -1;
  }

  @Override
  public int read(byte[] target, int from, int count) {
    if (count > 0 && !buffer.hasRemaining()) {
      return -1;
    }
    int n = Math.min(count, buffer.remaining());
    buffer.get(target, from, n);
    return n;
  }

  @Override
  public long skip(long count) {
    int n = (int) Math.max(0, Math.min(count, buffer.remaining()));
    buffer.position(buffer.position() + n);
    return n;
  }

  @Override
  public int available() {
    return buffer.remaining();
  }
}
