package io.github.lora4j.optim;

import io.github.lora4j.checkpoint.DType;
import java.nio.ByteBuffer;
import java.nio.FloatBuffer;
import java.util.List;

/** Float32 values in mapped segments of a file, all but the last of one length. */
final class PagedFloats implements StateValues {
  private static final int CHUNK = 1 << 14;

  private final int size;
  private final int segmentSize;
  private List<FloatBuffer> segments;

  PagedFloats(int size, int segmentSize, List<FloatBuffer> segments) {
    this.size = size;
    this.segmentSize = segmentSize;
    this.segments = List.copyOf(segments);
  }

  /** Reads {@code count} values from {@code from} into the beginning of an array. */
  void read(int from, float[] to, int count) {
    for (int done = 0; done < count; ) {
      int at = (from + done) % segmentSize;
      int length = Math.min(count - done, segmentSize - at);
      segment(from + done).get(at, to, done, length);
      done += length;
    }
  }

  /** Writes {@code count} values from the beginning of an array to {@code from}. */
  void write(int from, float[] values, int count) {
    for (int done = 0; done < count; ) {
      int at = (from + done) % segmentSize;
      int length = Math.min(count - done, segmentSize - at);
      segment(from + done).put(at, values, done, length);
      done += length;
    }
  }

  private FloatBuffer segment(int index) {
    if (segments == null) {
      throw new IllegalStateException("the optimizer was closed");
    }
    return segments.get(index / segmentSize);
  }

  /** Lets go of the mappings. */
  void close() {
    segments = null;
  }

  @Override
  public DType dtype() {
    return DType.F32;
  }

  @Override
  public int size() {
    return size;
  }

  @Override
  public void get(int from, ByteBuffer to) {
    float[] scratch = new float[Math.min(CHUNK, to.remaining() / Float.BYTES)];
    StateValues values = StateValues.of(scratch);
    for (int at = from; to.remaining() >= Float.BYTES; ) {
      int count = Math.min(CHUNK, to.remaining() / Float.BYTES);
      read(at, scratch, count);
      ByteBuffer part = to.duplicate().order(to.order());
      values.get(0, part.limit(part.position() + count * Float.BYTES));
      to.position(part.position());
      at += count;
    }
  }

  @Override
  public void put(int from, ByteBuffer bytes) {
    float[] scratch = new float[Math.min(CHUNK, bytes.remaining() / Float.BYTES)];
    StateValues values = StateValues.of(scratch);
    for (int at = from; bytes.remaining() >= Float.BYTES; ) {
      int count = Math.min(CHUNK, bytes.remaining() / Float.BYTES);
      ByteBuffer part = bytes.duplicate().order(bytes.order());
      values.put(0, part.limit(part.position() + count * Float.BYTES));
      bytes.position(part.position());
      write(at, scratch, count);
      at += count;
    }
  }
}
