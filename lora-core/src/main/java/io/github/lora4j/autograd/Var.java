package io.github.lora4j.autograd;

import io.github.lora4j.tensor.Tensor;
import java.util.function.Supplier;

/**
 * A value in a computation and, once {@link Tape#backward} has run, the gradient of the loss with
 * respect to it. Belongs to one tape and one thread.
 */
public class Var {
  private final int rows;
  private final int cols;
  private final boolean requiresGrad;

  /** Null once it is forgotten. */
  private Tensor value;

  /** Computes a forgotten value again, or null. */
  private Supplier<Tensor> again;

  private Tensor grad;

  Var(Tensor value, boolean requiresGrad) {
    this.value = value;
    this.rows = value.rows();
    this.cols = value.cols();
    this.requiresGrad = requiresGrad;
  }

  /** A value that is given and has no gradient. */
  public static Var constant(Tensor value) {
    return new Var(value, false);
  }

  /**
   * The value; one that was forgotten is computed again if its operation can do that.
   *
   * @throws IllegalStateException if it was forgotten for good, see {@link Tape#forget}
   */
  public final Tensor value() {
    if (value == null) {
      if (again == null) {
        throw new IllegalStateException(
            "a [" + rows + ", " + cols + "] value is read after it was forgotten");
      }
      value = again.get();
    }
    return value;
  }

  /** The value, or null if it was forgotten and not computed again since. */
  final Tensor held() {
    return value;
  }

  final void forget() {
    value = null;
  }

  /** Says how to compute the value again, bit for bit, into a new buffer. */
  final Var recomputedBy(Supplier<Tensor> again) {
    this.again = again;
    return this;
  }

  /** Rows of the value. */
  final int rows() {
    return rows;
  }

  /** Columns of the value. */
  final int cols() {
    return cols;
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
