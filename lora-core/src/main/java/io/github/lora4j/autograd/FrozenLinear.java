package io.github.lora4j.autograd;

import io.github.lora4j.compute.Compute;
import io.github.lora4j.tensor.FrozenMatrix;
import io.github.lora4j.tensor.Tensor;

/** {@code y = x Wᵀ + bias} with weights that are not trained. */
public final class FrozenLinear {
  private FrozenLinear() {}

  /**
   * @param x {@code [rows, W.in()]}
   * @param bias {@code [W.out()]}, which may be trained, or null
   * @return {@code [rows, W.out()]}
   */
  public static Var apply(Tape tape, Var x, FrozenMatrix w, Var bias) {
    requireFeatures(x.value(), w.in());
    requireBias(bias, w.out());
    Compute compute = tape.compute();
    int rows = x.value().rows();
    Tensor y = tape.matrix(rows, w.out());
    compute.gemm().forward(compute.pool(), x.value().data(), rows, w, values(bias), y.data());
    Var out = tape.result(y, x, bias);
    tape.record(
        out,
        () -> {
          addBiasGradient(tape, out.grad(), bias);
          if (x.requiresGrad()) {
            boolean add = x.grad() != null;
            float[] dx = tape.gradOf(x).data();
            compute.gemm().backward(compute.pool(), out.grad().data(), rows, w, dx, add);
          }
        });
    return out;
  }

  static void requireFeatures(Tensor x, int expected) {
    if (x.cols() != expected) {
      throw new IllegalArgumentException(
          "x has " + x.cols() + " features but the weights expect " + expected);
    }
  }

  /** What is added to every row, or null. */
  static float[] values(Var bias) {
    return bias == null ? null : bias.value().data();
  }

  /** Adds the sum over rows of {@code dy} to the gradient of a bias that is trained. */
  static void addBiasGradient(Tape tape, Tensor dy, Var bias) {
    if (bias != null && bias.requiresGrad()) {
      Linear.addColumns(dy.data(), dy.rows(), dy.cols(), tape.zeroedGradOf(bias).data());
    }
  }

  static void requireBias(Var bias, int expected) {
    if (bias != null) {
      requireBias(bias.value().size(), expected);
    }
  }

  static void requireBias(int length, int expected) {
    if (length != expected) {
      throw new IllegalArgumentException(
          "bias has " + length + " elements but the weights have " + expected + " rows");
    }
  }
}
