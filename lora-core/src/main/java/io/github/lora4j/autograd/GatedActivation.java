package io.github.lora4j.autograd;

import io.github.lora4j.compute.Activation;
import io.github.lora4j.compute.Compute;
import io.github.lora4j.compute.Kernels;
import io.github.lora4j.tensor.Tensor;
import java.util.function.Supplier;

/** {@code f(gate) * up}, element by element (Shazeer, "GLU Variants Improve Transformer", 2020). */
public final class GatedActivation {
  private static final int GRAIN = 1 << 12;

  private GatedActivation() {}

  /**
   * @param gate and {@code up} of the same shape
   * @return that shape
   */
  public static Var apply(Tape tape, Var gate, Var up, Activation f) {
    Tensor g = gate.value();
    Tensor u = up.value();
    if (g.rows() != u.rows() || g.cols() != u.cols()) {
      throw new IllegalArgumentException("the gate is " + g + " but what it gates is " + u);
    }
    Supplier<Tensor> forward =
        () -> forward(tape.compute(), g, u, f, tape.matrix(g.rows(), g.cols()));
    Var out = tape.repeatable(forward, gate, up);
    tape.record(out, () -> backward(tape, gate, up, f, out.grad().data()));
    return out;
  }

  private static Tensor forward(Compute compute, Tensor gate, Tensor up, Activation f, Tensor y) {
    Kernels kernels = compute.kernels();
    compute
        .pool()
        .forRanges(
            y.size(),
            GRAIN,
            (from, to) -> {
              kernels.activate(f, gate.data(), y.data(), from, to);
              kernels.multiply(y.data(), up.data(), y.data(), from, to);
            });
    return y;
  }

  private static void backward(Tape tape, Var gate, Var up, Activation f, float[] dy) {
    Kernels kernels = tape.compute().kernels();
    float[] g = gate.value().data();
    float[] u = up.value().data();
    if (up.requiresGrad()) {
      accumulate(
          tape,
          up,
          (d, from, to) -> {
            kernels.activate(f, g, d, from, to);
            kernels.multiply(d, dy, d, from, to);
          });
    }
    if (gate.requiresGrad()) {
      accumulate(
          tape,
          gate,
          (d, from, to) -> {
            kernels.multiply(dy, u, d, from, to);
            kernels.activateBackward(f, g, d, d, from, to);
          });
    }
  }

  private interface Gradient {
    void write(float[] d, int from, int to);
  }

  private static void accumulate(Tape tape, Var v, Gradient gradient) {
    tape.addWritten(
        v,
        d ->
            tape.compute()
                .pool()
                .forRanges(d.size(), GRAIN, (from, to) -> gradient.write(d.data(), from, to)));
  }
}
