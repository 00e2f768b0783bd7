package io.github.lora4j.autograd;

import io.github.lora4j.compute.Compute;
import io.github.lora4j.tensor.Tensor;
import java.util.function.Supplier;

/** Root mean square normalisation with a frozen scale (Zhang and Sennrich, 2019). */
public final class RmsNorm {
  private RmsNorm() {}

  /**
   * Normalises every part of {@code gamma.length} features: whole rows, or each head of them.
   *
   * @param x {@code [rows, n * gamma.length]}
   * @return the same shape
   */
  public static Var apply(Tape tape, Var x, float[] gamma, float eps) {
    Tensor in = x.value();
    int cols = gamma.length;
    if (cols == 0 || in.cols() % cols != 0) {
      throw new IllegalArgumentException(
          "x has " + in.cols() + " features, gamma has " + cols + ", which does not divide them");
    }
    Compute compute = tape.compute();
    int parts = in.size() / cols;
    float[] inverses = tape.matrix(parts, 1).data();
    int grain = Math.max(1, (1 << 13) / cols);
    Supplier<Tensor> forward =
        () -> {
          Tensor y = tape.matrix(in.rows(), in.cols());
          compute
              .pool()
              .forRanges(
                  parts,
                  grain,
                  (from, to) ->
                      compute
                          .kernels()
                          .rmsNorm(in.data(), gamma, eps, y.data(), inverses, from, to));
          return y;
        };
    Var out = tape.repeatable(forward, x);
    tape.record(
        out,
        () -> {
          boolean add = x.grad() != null;
          float[] dx = tape.gradOf(x).data();
          float[] dy = out.grad().data();
          compute
              .pool()
              .forRanges(
                  parts,
                  grain,
                  (from, to) ->
                      compute
                          .kernels()
                          .rmsNormBackward(in.data(), gamma, inverses, dy, dx, add, from, to));
        });
    return out;
  }
}
