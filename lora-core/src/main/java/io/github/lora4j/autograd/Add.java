package io.github.lora4j.autograd;

import io.github.lora4j.compute.Compute;
import io.github.lora4j.tensor.Tensor;

/** The sum of two values of the same shape: a residual connection. */
public final class Add {
  private Add() {}

  /** {@code a + b}. */
  public static Var apply(Tape tape, Var a, Var b) {
    if (a.value().rows() != b.value().rows() || a.value().cols() != b.value().cols()) {
      throw new IllegalArgumentException("cannot add " + a.value() + " and " + b.value());
    }
    Compute compute = tape.compute();
    Tensor y = tape.matrix(a.value().rows(), a.value().cols());
    compute
        .pool()
        .forRanges(
            y.size(),
            1 << 14,
            (from, to) ->
                compute.kernels().add(a.value().data(), b.value().data(), y.data(), from, to));
    Var out = tape.result(y, a, b);
    tape.record(
        out,
        () -> {
          tape.addGrad(a, out.grad());
          tape.addGrad(b, out.grad());
        });
    return out;
  }
}
