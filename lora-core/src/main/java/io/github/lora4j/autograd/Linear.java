package io.github.lora4j.autograd;

import io.github.lora4j.compute.Compute;
import io.github.lora4j.tensor.Tensor;

/** {@code y = x Wᵀ + bias} with trainable weights: a classification head. */
public final class Linear {
  private Linear() {}

  /**
   * @param x {@code [rows, in]}
   * @param w {@code [out, in]}
   * @param bias {@code [out]} or null
   * @return {@code [rows, out]}
   */
  public static Var apply(Tape tape, Var x, Var w, Var bias) {
    int in = w.value().cols();
    int outputs = w.value().rows();
    FrozenLinear.requireFeatures(x.value(), in);
    if (bias != null && bias.value().size() != outputs) {
      throw new IllegalArgumentException(
          "bias has "
              + bias.value().size()
              + " elements but the weights have "
              + outputs
              + " rows");
    }
    Compute compute = tape.compute();
    int rows = x.value().rows();
    Tensor y = tape.matrix(rows, outputs);
    for (int r = 0; bias != null && r < rows; r++) {
      System.arraycopy(bias.value().data(), 0, y.data(), r * outputs, outputs);
    }
    compute
        .gemm()
        .nt(
            compute.pool(),
            rows,
            outputs,
            in,
            1f,
            x.value().data(),
            w.value().data(),
            y.data(),
            bias != null);
    Var out = tape.result(y, x, w, bias);
    tape.record(
        out,
        () -> {
          float[] dy = out.grad().data();
          if (x.requiresGrad()) {
            boolean add = x.grad() != null;
            float[] dx = tape.gradOf(x).data();
            compute.gemm().nn(compute.pool(), rows, in, outputs, 1f, dy, w.value().data(), dx, add);
          }
          if (w.requiresGrad()) {
            boolean add = w.grad() != null;
            float[] dw = tape.gradOf(w).data();
            compute.gemm().tn(compute.pool(), outputs, in, rows, 1f, dy, x.value().data(), dw, add);
          }
          if (bias != null && bias.requiresGrad()) {
            addColumns(dy, rows, outputs, tape.zeroedGradOf(bias).data());
          }
        });
    return out;
  }

  /** {@code sums[c] += sum over rows of dy[row, c]}. */
  static void addColumns(float[] dy, int rows, int cols, float[] sums) {
    for (int r = 0; r < rows; r++) {
      for (int c = 0; c < cols; c++) {
        sums[c] += dy[r * cols + c];
      }
    }
  }
}
