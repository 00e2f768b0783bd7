package io.github.lora4j.autograd;

import io.github.lora4j.tensor.Tensor;
import java.util.Arrays;

/**
 * A trainable value with a name. Its gradient lives as long as the parameter itself and is added to
 * by every backward pass until {@link #zeroGrad()}.
 */
public final class Parameter extends Var {
  private final String name;

  /**
   * @param name as in the adapter file, for example {@code
   *     encoder.layer.0.attention.self.query.lora_A.weight}
   * @param value the initial value, which training changes in place
   */
  public Parameter(String name, Tensor value) {
    super(value, true);
    this.name = name;
    setGrad(Tensor.zeros(value.shape()));
  }

  /** The name. */
  public String name() {
    return name;
  }

  /** Sets the gradient to zero. */
  public void zeroGrad() {
    Arrays.fill(grad().data(), 0f);
  }

  @Override
  public String toString() {
    return name + Arrays.toString(value().shape());
  }
}
