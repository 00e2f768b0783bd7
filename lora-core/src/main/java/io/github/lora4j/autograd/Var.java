package io.github.lora4j.autograd;

import io.github.lora4j.tensor.Tensor;

/**
 * A value in a computation and, once {@link Tape#backward} has run, the gradient of the loss with
 * respect to it. Belongs to one tape and one thread.
 */
public class Var {
  private final Tensor value;
  private final boolean requiresGrad;
  private Tensor grad;

  Var(Tensor value, boolean requiresGrad) {
    this.value = value;
    this.requiresGrad = requiresGrad;
  }

  /** A value that is given and has no gradient. */
  public static Var constant(Tensor value) {
    return new Var(value, false);
  }

  /** The value. */
  public final Tensor value() {
    return value;
  }

  /** True if a gradient is computed for it. */
  public final boolean requiresGrad() {
    return requiresGrad;
  }

  /** The gradient, of the value's shape, or null as long as none has arrived. */
  public final Tensor grad() {
    return grad;
  }

  final void setGrad(Tensor grad) {
    this.grad = grad;
  }
}
