package io.github.lora4j.autograd;

import io.github.lora4j.compute.Compute;
import io.github.lora4j.tensor.FrozenMatrix;
import io.github.lora4j.tensor.Tensor;

/** {@code y = x Wᵀ + bias} with weights that are not trained. */
public final class FrozenLinear {
  private FrozenLinear() {}

  /**
   * @param x {@code [rows, W.in()]}
   * @param bias {@code [W.out()]} or null
   * @return {@code [rows, W.out()]}
   */
  public static Var apply(Tape tape, Var x, FrozenMatrix w, float[] bias) {
    requireFeatures(x.value(), w.in());
    requireBias(bias, w.out());
    Compute compute = tape.compute();
    int rows = x.value().rows();
    Tensor y = tape.matrix(rows, w.out());
    compute.gemm().forward(compute.pool(), x.value().data(), rows, w, bias, y.data());
    Var out = tape.result(y, x);
    tape.record(
        out,
        () -> {
          boolean add = x.grad() != null;
          float[] dx = tape.gradOf(x).data();
          compute.gemm().backward(compute.pool(), out.grad().data(), rows, w, dx, add);
        });
    return out;
  }

  static void requireFeatures(Tensor x, int expected) {
    if (x.cols() != expected) {
      throw new IllegalArgumentException(
          "x has " + x.cols() + " features but the weights expect " + expected);
    }
  }

  static void requireBias(float[] bias, int expected) {
    if (bias != null && bias.length != expected) {
      throw new IllegalArgumentException(
          "bias has " + bias.length + " elements but the weights have " + expected + " rows");
    }
  }
}
