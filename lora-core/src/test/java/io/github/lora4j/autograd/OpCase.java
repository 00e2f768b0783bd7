package io.github.lora4j.autograd;

import io.github.lora4j.Approx;
import io.github.lora4j.tensor.Tensor;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

/**
 * An operation with inputs, and what it should compute.
 *
 * @param inputs matrices by name
 * @param grads the inputs to differentiate
 * @param op the operation
 * @param reference its forward pass in float64
 */
record OpCase(
    String name, Map<String, Tensor> inputs, Set<String> grads, Op op, Forward reference) {

  /** A forward pass in float64, written to be read. */
  @FunctionalInterface
  interface Forward {
    double[] apply(Map<String, double[]> in);
  }

  /** The same case with another operation, for example a wrong one. */
  OpCase with(String newName, Op other) {
    return new OpCase(newName, inputs, grads, other, reference);
  }

  Map<String, double[]> wideInputs() {
    Map<String, double[]> wide = new LinkedHashMap<>();
    inputs.forEach((key, tensor) -> wide.put(key, Approx.widen(tensor)));
    return wide;
  }

  @Override
  public String toString() {
    return name;
  }
}
