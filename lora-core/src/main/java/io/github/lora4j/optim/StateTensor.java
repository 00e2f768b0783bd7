package io.github.lora4j.optim;

import io.github.lora4j.checkpoint.DType;
import io.github.lora4j.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;

/**
 * One tensor of an optimizer's state for one parameter.
 *
 * @param name of what it is, the same for every parameter, for example {@code exp_avg}
 * @param shape dimensions, outermost first; their product is {@code values.size()}
 * @param values the state itself, not a copy
 */
public record StateTensor(String name, List<Long> shape, StateValues values) {
  /** A tensor with the shape of a parameter's value. */
  static StateTensor like(Tensor value, String name, StateValues values) {
    List<Long> shape = new ArrayList<>();
    for (int dimension : value.shape()) {
      shape.add((long) dimension);
    }
    return new StateTensor(name, List.copyOf(shape), values);
  }

  /** The type of an element. */
  public DType dtype() {
    return values.dtype();
  }
}
