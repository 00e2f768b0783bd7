package io.github.lora4j.models.classify;

import io.github.lora4j.adapter.SavedTensor;
import io.github.lora4j.autograd.Var;
import io.github.lora4j.tensor.Tensor;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/**
 * The tensors of a head that an adapter holds under {@code modules_to_save}.
 *
 * @param adapter its name, for messages
 */
record SavedHead(String adapter, Map<String, SavedTensor> tensors) {

  /**
   * A tensor as a constant.
   *
   * @throws IllegalArgumentException if it is missing or of another shape
   */
  Var constant(String name, int... shape) {
    SavedTensor tensor = tensors.get(name);
    if (tensor == null) {
      throw new IllegalArgumentException(
          "adapter '" + adapter + "' has no classification head: " + name + " is missing");
    }
    List<Integer> expected = Arrays.stream(shape).boxed().toList();
    if (!tensor.shape().equals(expected)) {
      throw new IllegalArgumentException(
          "adapter '"
              + adapter
              + "': "
              + name
              + " has shape "
              + tensor.shape()
              + ", expected "
              + expected
              + " for its labels and this base model");
    }
    return Var.constant(Tensor.of(tensor.values(), shape));
  }

  /** A copy of the current values. */
  static SavedTensor copy(Var value) {
    Tensor tensor = value.value();
    return new SavedTensor(Arrays.stream(tensor.shape()).boxed().toList(), tensor.toArray());
  }
}
