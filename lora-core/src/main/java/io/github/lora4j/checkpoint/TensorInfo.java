package io.github.lora4j.checkpoint;

import java.util.List;

/**
 * Where a tensor lies in a file and how to read it.
 *
 * @param name its name, as in the file
 * @param dtype the type of its elements
 * @param shape its dimensions, outermost first, each 0 or more; empty for a single number
 * @param offset the first byte, from the start of the file
 * @param byteLength product of the shape times the size of an element
 */
public record TensorInfo(String name, DType dtype, List<Long> shape, long offset, long byteLength) {

  /** Copies the shape and checks that the numbers agree. */
  public TensorInfo {
    shape = List.copyOf(shape);
    if (offset < 0) {
      throw new IllegalArgumentException("tensor '" + name + "': offset is " + offset);
    }
    long expected = Math.multiplyExact(product(shape), dtype.byteSize());
    if (byteLength != expected) {
      throw new IllegalArgumentException(
          "tensor '"
              + name
              + "': "
              + dtype
              + " of shape "
              + shape
              + " takes "
              + expected
              + " bytes, not "
              + byteLength);
    }
  }

  /** The number of elements. */
  public long elementCount() {
    return byteLength / dtype.byteSize();
  }

  /**
   * The product of the dimensions, 1 if there are none.
   *
   * @throws ArithmeticException if it does not fit in 63 bits
   * @throws IllegalArgumentException if a dimension is negative
   */
  static long product(List<Long> shape) {
    long product = 1;
    for (long dimension : shape) {
      if (dimension < 0) {
        throw new IllegalArgumentException("dimension " + dimension + " is negative");
      }
      product = Math.multiplyExact(product, dimension);
    }
    return product;
  }
}
