package io.github.lora4j.models.generate;

/**
 * The largest values of a pass, in a heap whose root is the smallest of them: almost every value of
 * a vocabulary costs one comparison. Of equal values the one with the lower index is the larger.
 */
final class TopHeap {
  private final float[] values;
  private final int[] indexes;
  private int size;

  TopHeap(int capacity) {
    values = new float[capacity];
    indexes = new int[capacity];
  }

  int size() {
    return size;
  }

  /** The smallest value of the heap. */
  float smallest() {
    return values[0];
  }

  void offer(float value, int index) {
    if (size < values.length) {
      int at = size++;
      while (at > 0 && less(value, index, (at - 1) / 2)) {
        move((at - 1) / 2, at);
        at = (at - 1) / 2;
      }
      set(at, value, index);
    } else if (size > 0 && !less(value, index, 0)) {
      sink(value, index);
    }
  }

  /** Takes the smallest value out and returns its index. */
  int poll() {
    int index = indexes[0];
    size--;
    if (size > 0) {
      sink(values[size], indexes[size]);
    }
    return index;
  }

  private void sink(float value, int index) {
    int at = 0;
    while (2 * at + 1 < size) {
      int child = 2 * at + 1;
      if (child + 1 < size && less(values[child + 1], indexes[child + 1], child)) {
        child++;
      }
      if (less(value, index, child)) {
        break;
      }
      move(child, at);
      at = child;
    }
    set(at, value, index);
  }

  private boolean less(float value, int index, int than) {
    return value < values[than] || (value == values[than] && index > indexes[than]);
  }

  private void move(int from, int to) {
    set(to, values[from], indexes[from]);
  }

  private void set(int at, float value, int index) {
    values[at] = value;
    indexes[at] = index;
  }
}
