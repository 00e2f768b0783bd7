package io.github.lora4j.autograd;

import io.github.lora4j.compute.Compute;
import io.github.lora4j.tensor.Tensor;

/** The softmax kernels as an operation of their own; in the library they are parts of others. */
final class SoftmaxOp {
  private SoftmaxOp() {}

  static Var apply(Tape tape, Var x) {
    Compute compute = tape.compute();
    int rows = x.value().rows();
    int cols = x.value().cols();
    Tensor p = tape.matrix(rows, cols);
    System.arraycopy(x.value().data(), 0, p.data(), 0, p.size());
    compute.kernels().softmax(p.data(), 0, rows, cols, cols);
    Var out = tape.result(p, x);
    tape.record(
        out,
        () -> {
          float[] d = out.grad().data();
          compute.kernels().softmaxBackward(p.data(), 0, d, 0, rows, cols, cols, 1f);
          tape.addGrad(x, out.grad());
        });
    return out;
  }
}
