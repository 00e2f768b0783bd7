package io.github.lora4j.checkpoint.torch;

import io.github.lora4j.checkpoint.DType;
import java.util.List;

/**
 * A tensor as a view of a storage. Its elements lie within the storage, and there are no more of
 * them than the storage has.
 *
 * @param storage that holds its elements
 * @param first the element at index 0, counted in elements from the start of the storage
 * @param shape its dimensions, outermost first, each 0 or more
 * @param strides elements from one index of a dimension to the next, each 0 or more
 */
record StoredTensor(Storage storage, long first, List<Long> shape, List<Long> strides) {
  /**
   * Numbers in a file of their own within the archive.
   *
   * @param dtype their type
   * @param key the name of the file, below {@code data/}
   * @param elements how many there are
   */
  record Storage(DType dtype, String key, long elements) {}

  private static final int MAX_RANK = 64;

  /**
   * Checks that the view is within the storage.
   *
   * @throws IllegalArgumentException if it is not
   */
  StoredTensor {
    shape = List.copyOf(shape);
    strides = List.copyOf(strides);
    if (shape.size() != strides.size() || shape.size() > MAX_RANK) {
      throw new IllegalArgumentException("shape " + shape + " has strides " + strides);
    }
    try {
      long last = first;
      long elements = 1;
      for (int d = 0; d < shape.size(); d++) {
        if (shape.get(d) < 0 || strides.get(d) < 0) {
          throw new IllegalArgumentException("shape " + shape + " has strides " + strides);
        }
        elements = Math.multiplyExact(elements, shape.get(d));
        long steps = Math.max(0, shape.get(d) - 1);
        last = Math.addExact(last, Math.multiplyExact(steps, strides.get(d)));
      }
      boolean within = elements == 0 ? first <= storage.elements() : last < storage.elements();
      if (first < 0 || !within || elements > storage.elements()) {
        throw new IllegalArgumentException(
            "shape "
                + shape
                + " with strides "
                + strides
                + " from element "
                + first
                + " is not within a storage of "
                + storage.elements());
      }
    } catch (ArithmeticException e) {
      throw new IllegalArgumentException("shape " + shape + " is too large", e);
    }
  }

  /** The number of elements. */
  long elements() {
    return shape.stream().mapToLong(Long::longValue).reduce(1, (a, b) -> a * b);
  }

  /** Whether the elements lie one after the other, row-major. */
  boolean isContiguous() {
    long expected = 1;
    for (int d = shape.size() - 1; d >= 0; d--) {
      if (shape.get(d) != 1 && strides.get(d) != expected) {
        return elements() == 0;
      }
      expected *= shape.get(d);
    }
    return true;
  }
}
