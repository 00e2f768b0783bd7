package io.github.lora4j.nd4j;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.github.lora4j.tensor.Tensor;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;

class Nd4jArraysTest {

  @Test
  void thereAndBack() {
    Tensor t = Tensor.of(new float[] {1, 2, 3, 4, 5, 6, 99}, 2, 3);
    INDArray array = Nd4jArrays.toNd4j(t);
    assertArrayEquals(new long[] {2, 3}, array.shape());
    assertEquals(DataType.FLOAT, array.dataType());
    assertEquals(6, array.getDouble(1, 2));
    Tensor back = Nd4jArrays.toTensor(array);
    assertArrayEquals(new int[] {2, 3}, back.shape());
    assertArrayEquals(t.toArray(), back.toArray());
    array.putScalar(0, 0, 7);
    assertEquals(1, t.data()[0], "a copy");
    assertEquals(1, back.data()[0], "a copy");
  }

  @Test
  void anyOrderViewAndType() {
    INDArray c = Nd4j.createFromArray(new float[][] {{1, 2, 3}, {4, 5, 6}});
    float[] expected = {1, 2, 3, 4, 5, 6};
    assertArrayEquals(expected, Nd4jArrays.toTensor(c.dup('f')).toArray());
    assertArrayEquals(expected, Nd4jArrays.toTensor(c.castTo(DataType.DOUBLE)).toArray());
    assertArrayEquals(expected, Nd4jArrays.toTensor(c.castTo(DataType.HALF)).toArray());
    assertArrayEquals(new float[] {1, 4, 2, 5, 3, 6}, Nd4jArrays.toTensor(c.transpose()).toArray());
    INDArray view = c.get(NDArrayIndex.all(), NDArrayIndex.interval(1, 3));
    assertArrayEquals(new float[] {2, 3, 5, 6}, Nd4jArrays.toTensor(view).toArray());
    assertArrayEquals(new int[] {3}, Nd4jArrays.toTensor(Nd4j.createFromArray(1f, 2f, 3f)).shape());
  }

  @Test
  void integersAreRefused() {
    assertThrows(
        IllegalArgumentException.class, () -> Nd4jArrays.toTensor(Nd4j.createFromArray(1, 2, 3)));
  }
}
