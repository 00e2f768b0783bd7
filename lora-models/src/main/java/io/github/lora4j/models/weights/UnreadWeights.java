package io.github.lora4j.models.weights;

import io.github.lora4j.tensor.FrozenMatrix;
import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.Set;

/**
 * Weights that are not read: a model that is made of them has its structure and sizes, and cannot
 * compute. Notes what it is asked for. For one thread.
 */
public final class UnreadWeights implements WeightSource {
  private final WeightHeaders headers;
  private final WeightFormat format;
  private final Set<String> linear = new LinkedHashSet<>();
  private final Set<String> turned = new LinkedHashSet<>();
  private WeightBytes bytes = WeightBytes.NONE;

  /**
   * @param format that the weights of linear layers would have
   */
  public UnreadWeights(WeightHeaders headers, WeightFormat format) {
    this.headers = headers;
    this.format = format;
  }

  /** A weight without values. */
  private record Unread(int out, int in, long bytes) implements FrozenMatrix {
    @Override
    public void decodePanel(int row, int rows, int col, int cols, float[] dst, int at, int width) {
      throw unread();
    }

    @Override
    public void decodeRows(int row, int rows, int col, int cols, float[] dst, int at, int width) {
      throw unread();
    }

    @Override
    public void decodeRow(int row, float[] dst, int offset) {
      throw unread();
    }

    private static IllegalStateException unread() {
      return new IllegalStateException("this weight has not been read");
    }
  }

  /** The names of the weights of linear layers, in the order in which they were asked for. */
  public Set<String> linear() {
    return Collections.unmodifiableSet(linear);
  }

  /** Those of them that are stored with their inputs as rows. */
  public Set<String> turned() {
    return Collections.unmodifiableSet(turned);
  }

  /** What everything that was asked for takes. */
  public WeightBytes bytes() {
    return bytes;
  }

  @Override
  public String source() {
    return headers.source();
  }

  @Override
  public boolean has(String name) {
    return headers.has(name);
  }

  @Override
  public FrozenMatrix matrix(String name, String module, int out, int in) {
    headers.requireShape(name, out, in);
    linear.add(name);
    return add(name, format, out, in);
  }

  @Override
  public FrozenMatrix transposed(String name, String module, int out, int in) {
    linear.add(name);
    if (headers.liesTurned(name)) {
      turned.add(name);
      headers.requireShape(name, in, out);
    } else {
      headers.requireShape(name, out, in);
    }
    return add(name, format, out, in);
  }

  @Override
  public FrozenMatrix table(String name, int rows, int cols) {
    headers.requireShape(name, rows, cols);
    return add(name, format.tables(), rows, cols);
  }

  private FrozenMatrix add(String name, WeightFormat form, int out, int in) {
    WeightBytes one = headers.bytes(name, form, out, in);
    bytes = bytes.plus(one);
    return new Unread(out, in, one.total());
  }

  /** Zeros. */
  @Override
  public float[] read(String name, int... shape) {
    headers.requireShape(name, shape);
    int size = 1;
    for (int dimension : shape) {
      size = Math.multiplyExact(size, dimension);
    }
    bytes = bytes.plus(WeightBytes.inMemory((long) Float.BYTES * size));
    return new float[size];
  }
}
