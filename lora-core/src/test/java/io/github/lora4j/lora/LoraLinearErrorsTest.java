package io.github.lora4j.lora;

import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.lora4j.compute.Compute;
import io.github.lora4j.compute.KernelSet;
import io.github.lora4j.tensor.Tensor;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.factory.Nd4j;

/** What a {@link LoraLinear} refuses, and how it says so. */
class LoraLinearErrorsTest {
  private final Compute compute = new Compute(KernelSet.SCALAR, 1);

  @AfterEach
  void close() {
    compute.close();
  }

  private static LoraLinearBuilder options() {
    return LoraLinear.of(Tensor.zeros(3, 5)).name("query").r(2);
  }

  private static void requireError(String part, Executable call) {
    IllegalArgumentException e = assertThrows(IllegalArgumentException.class, call);
    assertTrue(e.getMessage().contains(part), e.getMessage());
  }

  @ParameterizedTest
  @ValueSource(ints = {Integer.MIN_VALUE, -1, 0, 4, 5})
  void rank(int r) {
    requireError(
        "r is " + r + ", must be from 1 to min(in, out) = 3", () -> options().r(r).build(compute));
  }

  @ParameterizedTest
  @ValueSource(doubles = {-0.1, 1, 1.5, Double.NaN, Double.POSITIVE_INFINITY})
  void dropout(double p) {
    requireError("dropout is " + p, () -> options().dropout(p).build(compute));
  }

  @ParameterizedTest
  @ValueSource(doubles = {Double.NaN, Double.NEGATIVE_INFINITY})
  void alpha(double alpha) {
    requireError("alpha is " + alpha, () -> options().alpha(alpha).build(compute));
  }

  @ParameterizedTest
  @ValueSource(floats = {Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY})
  void valuesThatAreNotFinite(float bad) {
    Tensor w = Tensor.zeros(3, 5);
    w.data()[7] = bad;
    requireError(
        "W[1, 2] is " + bad + " (layer query)",
        () -> LoraLinear.of(w).name("query").r(2).build(compute));
    Tensor bias = Tensor.zeros(3);
    bias.data()[2] = bad;
    requireError("bias[0, 2] is " + bad, () -> options().bias(bias).build(compute));
  }

  @Test
  void shapes() {
    requireError("W must be a matrix", () -> LoraLinear.of(Tensor.zeros(3)));
    requireError("W must be a matrix", () -> LoraLinear.of(Tensor.zeros(3, 0)));
    requireError("W must be a matrix", () -> LoraLinear.of(Tensor.zeros(2, 2, 2)));
    requireError(
        "bias has 5 elements but W has 3 rows (layer query)",
        () -> options().bias(Tensor.zeros(5)).build(compute));
    LoraLinear layer = options().build(compute);
    requireError(
        "x has 4 features but W expects 5 (layer query)", () -> layer.forward(Tensor.zeros(2, 4)));
    requireError("x has 4 features", () -> layer.train(Nd4j.zeros(DataType.FLOAT, 2, 4)));
    requireError(
        "query.lora_A.weight",
        () -> layer.set(Nd4j.zeros(DataType.FLOAT, 5, 2), Nd4j.zeros(DataType.FLOAT, 3, 2)));
    requireError(
        "query.lora_B.weight",
        () -> layer.set(Nd4j.zeros(DataType.FLOAT, 2, 5), Nd4j.zeros(DataType.FLOAT, 2, 3)));
    assertTrue(layer.a().norm2Number().floatValue() > 0, "a set that fails changes nothing");
    try (LoraPass pass = layer.train(Nd4j.zeros(DataType.FLOAT, 2, 5))) {
      requireError("dy is", () -> pass.backward(Nd4j.zeros(DataType.FLOAT, 2, 5)));
    }
  }

  @Test
  void integersAreNoActivations() {
    LoraLinear layer = options().build(compute);
    requireError("INT", () -> layer.forward(Nd4j.zeros(DataType.INT, 2, 5)));
  }

  @Test
  void aClosedPassIsOver() {
    LoraPass pass = options().build(compute).train(Nd4j.zeros(DataType.FLOAT, 2, 5));
    pass.close();
    assertThrows(
        IllegalStateException.class, () -> pass.backward(Nd4j.zeros(DataType.FLOAT, 2, 3)));
  }
}
