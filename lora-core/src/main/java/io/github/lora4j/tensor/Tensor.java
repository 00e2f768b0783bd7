package io.github.lora4j.tensor;

import java.util.Arrays;

/**
 * A float32 array with a shape: row-major, contiguous, on the Java heap.
 *
 * <p>The backing array may be longer than the tensor (buffers are reused); elements beyond {@link
 * #size()} have no meaning. A tensor of any rank is also seen as a matrix of {@link #rows()} by
 * {@link #cols()}, where {@code cols} is the last dimension. Not thread-safe while being written.
 */
public final class Tensor {
  private final float[] data;
  private final int[] shape;
  private final int size;

  private Tensor(float[] data, int[] shape) {
    this.data = data;
    this.shape = shape;
    this.size = sizeOf(shape);
    if (data.length < size) {
      throw new IllegalArgumentException(
          "shape "
              + Arrays.toString(shape)
              + " needs "
              + size
              + " elements but the array has "
              + data.length);
    }
  }

  /** A tensor over {@code data}, which is not copied. */
  public static Tensor of(float[] data, int... shape) {
    return new Tensor(data, shape.clone());
  }

  /** A tensor of zeros. */
  public static Tensor zeros(int... shape) {
    return new Tensor(new float[sizeOf(shape)], shape.clone());
  }

  /** The backing array, shared with this tensor. */
  public float[] data() {
    return data;
  }

  /** A copy of the shape. */
  public int[] shape() {
    return shape.clone();
  }

  /** The number of elements. */
  public int size() {
    return size;
  }

  /** The product of all dimensions but the last. */
  public int rows() {
    int cols = cols();
    return cols == 0 ? 0 : size / cols;
  }

  /** The last dimension (1 for a scalar). */
  public int cols() {
    return shape.length == 0 ? 1 : shape[shape.length - 1];
  }

  /** The element at {@code row}, {@code col} of the matrix view. */
  public float get(int row, int col) {
    if (row < 0 || row >= rows() || col < 0 || col >= cols()) {
      throw new IndexOutOfBoundsException(
          "[" + row + ", " + col + "] outside " + Arrays.toString(shape));
    }
    return data[row * cols() + col];
  }

  /** A copy of the elements, exactly {@link #size()} long. */
  public float[] toArray() {
    return Arrays.copyOf(data, size);
  }

  /** A tensor with the same elements in an array of its own. */
  public Tensor copy() {
    return new Tensor(toArray(), shape);
  }

  /**
   * The matrix view with rows and columns exchanged, {@code [cols, rows]}, in an array of its own.
   */
  public Tensor transposed() {
    int rows = rows();
    int cols = cols();
    float[] turned = new float[size];
    for (int row = 0; row < rows; row++) {
      for (int col = 0; col < cols; col++) {
        turned[col * rows + row] = data[row * cols + col];
      }
    }
    return new Tensor(turned, new int[] {cols, rows});
  }

  /** True if both tensors have the same shape. */
  public boolean sameShape(Tensor other) {
    return Arrays.equals(shape, other.shape);
  }

  @Override
  public String toString() {
    return "Tensor" + Arrays.toString(shape);
  }

  private static int sizeOf(int[] shape) {
    long size = 1;
    for (int dimension : shape) {
      if (dimension < 0) {
        throw new IllegalArgumentException("negative dimension in shape " + Arrays.toString(shape));
      }
      size = Math.multiplyExact(size, (long) dimension);
    }
    if (size > Integer.MAX_VALUE - 8) {
      throw new IllegalArgumentException(
          "shape " + Arrays.toString(shape) + " is larger than a Java array");
    }
    return (int) size;
  }
}
