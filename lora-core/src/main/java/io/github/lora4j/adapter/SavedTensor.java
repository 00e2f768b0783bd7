package io.github.lora4j.adapter;

import java.util.Arrays;
import java.util.List;

/**
 * A tensor of a module that is trained and saved whole, such as {@code classifier.weight}.
 * Immutable: the array is copied in and out.
 *
 * @param shape dimensions, outermost first, each at least 1
 * @param values row-major, finite
 */
public record SavedTensor(List<Integer> shape, float[] values) {

  /**
   * Copies the array and checks it.
   *
   * @throws IllegalArgumentException if the shape does not fit or a value is not finite
   */
  public SavedTensor {
    shape = List.copyOf(shape);
    long elements = 1;
    for (int dimension : shape) {
      if (dimension < 1) {
        throw new IllegalArgumentException("shape " + shape + " has a dimension below 1");
      }
      elements = Math.multiplyExact(elements, dimension);
    }
    values = FiniteArrays.copy("tensor", values, elements);
  }

  /** A copy of the values. */
  @Override
  public float[] values() {
    return values.clone();
  }

  /** Bytes of the values. */
  public long byteSize() {
    return (long) Float.BYTES * values.length;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof SavedTensor that
        && shape.equals(that.shape)
        && Arrays.equals(values, that.values);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(values);
  }

  @Override
  public String toString() {
    return "SavedTensor" + shape;
  }
}
