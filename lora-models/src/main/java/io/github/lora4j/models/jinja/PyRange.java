package io.github.lora4j.models.jinja;

import java.util.AbstractList;

/** Python's range: its numbers are not held, and it prints as what it is. */
final class PyRange extends AbstractList<Object> {
  private final long start;
  private final long stop;
  private final long step;
  private final int size;

  PyRange(long start, long stop, long step, int size) {
    this.start = start;
    this.stop = stop;
    this.step = step;
    this.size = size;
  }

  @Override
  public Object get(int index) {
    return start + index * step;
  }

  @Override
  public int size() {
    return size;
  }

  /** Python's {@code repr}. */
  String repr() {
    return "range(" + start + ", " + stop + (step == 1 ? ")" : ", " + step + ")");
  }
}
