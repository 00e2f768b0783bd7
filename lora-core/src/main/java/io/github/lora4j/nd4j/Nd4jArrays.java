package io.github.lora4j.nd4j;

import io.github.lora4j.tensor.Tensor;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** Copies between ND4J arrays and tensors. */
public final class Nd4jArrays {
  private Nd4jArrays() {}

  /** A 'c'-ordered FLOAT array with the shape and elements of {@code tensor}. */
  public static INDArray toNd4j(Tensor tensor) {
    int[] shape = tensor.shape();
    long[] dimensions = new long[shape.length];
    for (int i = 0; i < shape.length; i++) {
      dimensions[i] = shape[i];
    }
    return Nd4j.create(tensor.toArray(), dimensions, 'c');
  }

  /**
   * A tensor with the shape and elements of {@code array}, which may be of any order and float
   * type.
   */
  public static Tensor toTensor(INDArray array) {
    if (!array.dataType().isFPType()) {
      throw new IllegalArgumentException(
          "expected an array of a floating point type, got " + array.dataType());
    }
    long[] dimensions = array.shape();
    int[] shape = new int[dimensions.length];
    for (int i = 0; i < shape.length; i++) {
      shape[i] = Math.toIntExact(dimensions[i]);
    }
    return Tensor.of(array.castTo(DataType.FLOAT).dup('c').data().asFloat(), shape);
  }
}
