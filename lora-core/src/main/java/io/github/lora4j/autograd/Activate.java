package io.github.lora4j.autograd;

import io.github.lora4j.compute.Activation;
import io.github.lora4j.compute.Compute;
import io.github.lora4j.tensor.Tensor;
import java.util.function.Supplier;

/** An activation function, element by element. */
public final class Activate {
  private static final int GRAIN = 1 << 12;

  private Activate() {}

  /** Applies the function to every element. */
  public static Var apply(Tape tape, Var x, Activation f) {
    Compute compute = tape.compute();
    Tensor in = x.value();
    Supplier<Tensor> forward =
        () -> {
          Tensor y = tape.matrix(in.rows(), in.cols());
          compute
              .pool()
              .forRanges(
                  in.size(),
                  GRAIN,
                  (from, to) -> compute.kernels().activate(f, in.data(), y.data(), from, to));
          return y;
        };
    Var out = tape.repeatable(forward, x);
    tape.record(
        out,
        () -> {
          Tensor dy = out.grad();
          boolean first = x.grad() == null;
          float[] dx = tape.gradOf(x).data();
          float[] to = first ? dx : dy.data();
          compute
              .pool()
              .forRanges(
                  in.size(),
                  GRAIN,
                  (lo, hi) -> {
                    compute.kernels().activateBackward(f, in.data(), dy.data(), to, lo, hi);
                    if (!first) {
                      compute.kernels().add(to, dx, dx, lo, hi);
                    }
                  });
        });
    return out;
  }
}
