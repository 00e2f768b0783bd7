package io.github.lora4j.autograd;

import io.github.lora4j.compute.Compute;
import io.github.lora4j.tensor.Tensor;
import java.util.function.Supplier;

/** Layer normalisation over the last dimension (Ba et al., 2016), with biased variance. */
public final class LayerNorm {
  private LayerNorm() {}

  /**
   * @param x {@code [rows, cols]}
   * @param gamma {@code [cols]}
   * @param beta {@code [cols]}
   * @return {@code [rows, cols]}
   */
  public static Var apply(Tape tape, Var x, Var gamma, Var beta, float eps) {
    int rows = x.value().rows();
    int cols = x.value().cols();
    if (gamma.value().size() != cols || beta.value().size() != cols) {
      throw new IllegalArgumentException(
          "x has "
              + cols
              + " features but gamma has "
              + gamma.value().size()
              + " and beta "
              + beta.value().size());
    }
    Compute compute = tape.compute();
    float[] stats = tape.matrix(rows, 2).data();
    float[] in = x.value().data();
    float[] scale = gamma.value().data();
    int grain = Math.max(1, (1 << 13) / Math.max(1, cols));
    float[] shift = beta.value().data();
    Supplier<Tensor> forward =
        () -> {
          Tensor y = tape.matrix(rows, cols);
          compute
              .pool()
              .forRanges(
                  rows,
                  grain,
                  (from, to) ->
                      compute
                          .kernels()
                          .layerNorm(in, scale, shift, eps, cols, y.data(), stats, from, to));
          return y;
        };
    Var out = tape.repeatable(forward, x, gamma, beta);
    tape.record(
        out,
        () -> {
          float[] dy = out.grad().data();
          if (x.requiresGrad()) {
            boolean add = x.grad() != null;
            float[] dx = tape.gradOf(x).data();
            compute
                .pool()
                .forRanges(
                    rows,
                    grain,
                    (from, to) ->
                        compute
                            .kernels()
                            .layerNormBackward(in, scale, stats, dy, cols, dx, add, from, to));
          }
          if (gamma.requiresGrad()) {
            addScaleGradient(in, stats, dy, rows, cols, tape.zeroedGradOf(gamma).data());
          }
          if (beta.requiresGrad()) {
            Linear.addColumns(dy, rows, cols, tape.zeroedGradOf(beta).data());
          }
        });
    return out;
  }

  private static void addScaleGradient(
      float[] x, float[] stats, float[] dy, int rows, int cols, float[] dgamma) {
    for (int r = 0; r < rows; r++) {
      float mean = stats[2 * r];
      float inverse = stats[2 * r + 1];
      for (int c = 0; c < cols; c++) {
        dgamma[c] += dy[r * cols + c] * ((x[r * cols + c] - mean) * inverse);
      }
    }
  }
}
