package io.github.lora4j.autograd;

import io.github.lora4j.compute.Compute;
import io.github.lora4j.tensor.FrozenMatrix;
import io.github.lora4j.tensor.Tensor;

/**
 * Softmax cross-entropy over a frozen output layer. Logits exist for a few rows at a time only: a
 * vocabulary is so large that those of a whole batch would take more memory than the model.
 */
public final class FrozenCrossEntropy {
  /** Logits that exist at the same time. */
  private static final int LOGITS = 1 << 22;

  private static final int LEAST_ROWS = 16;

  private FrozenCrossEntropy() {}

  /** Rows whose logits exist at the same time. */
  public static int rowsAtATime(int classes) {
    return Math.max(LEAST_ROWS, LOGITS / classes);
  }

  /**
   * The sum of the losses, divided by {@code divisor}.
   *
   * @param h {@code [rows, head.in()]}
   * @param head the output layer, {@code [classes, in]}
   * @param bias {@code [classes]} or null
   * @param softcap logits become {@code softcap * tanh(logit / softcap)}; 0 for none
   * @param labels a class for every row
   * @return a single value
   */
  public static Var apply(
      Tape tape,
      Var h,
      FrozenMatrix head,
      float[] bias,
      float softcap,
      int[] labels,
      double divisor) {
    FrozenLinear.requireFeatures(h.value(), head.in());
    int rows = h.value().rows();
    if (labels.length != rows) {
      throw new IllegalArgumentException(labels.length + " labels for " + rows + " rows");
    }
    for (int label : labels) {
      if (label < 0 || label >= head.out()) {
        throw new IllegalArgumentException("label " + label + " outside [0, " + head.out() + ")");
      }
    }
    boolean backward = tape.recording() && h.requiresGrad();
    Tensor dh = backward ? tape.matrix(rows, head.in()) : null;
    double sum = 0;
    Part part = new Part(tape.compute(), head, bias, softcap);
    int step = rowsAtATime(head.out());
    for (int from = 0; from < rows; from += step) {
      sum += part.run(h.value().data(), from, Math.min(step, rows - from), labels, dh);
    }
    Tensor loss = tape.matrix(1, 1);
    loss.data()[0] = (float) (sum / divisor);
    Var out = tape.result(loss, h);
    tape.record(
        out,
        () -> {
          float scale = (float) (out.grad().data()[0] / divisor);
          float[] d = dh.data();
          for (int i = 0; i < dh.size(); i++) {
            d[i] *= scale;
          }
          tape.addGrad(h, dh);
        });
    return out;
  }

  /** Some rows: their losses and the gradient of the sum of them. */
  private record Part(Compute compute, FrozenMatrix head, float[] bias, float softcap) {
    double run(float[] h, int first, int rows, int[] labels, Tensor dh) {
      int in = head.in();
      int classes = head.out();
      float[] x = compute.buffers().borrow(rows * in);
      float[] logits = compute.buffers().borrow(rows * classes);
      double[] losses = new double[rows];
      try {
        System.arraycopy(h, first * in, x, 0, rows * in);
        compute.gemm().forward(compute.pool(), x, rows, head, bias, logits);
        compute
            .pool()
            .forEach(
                rows,
                r -> losses[r] = row(logits, r * classes, classes, labels[first + r], dh != null));
        if (dh != null) {
          compute.gemm().backward(compute.pool(), logits, rows, head, x, false);
          System.arraycopy(x, 0, dh.data(), first * in, rows * in);
        }
      } finally {
        compute.buffers().release(logits);
        compute.buffers().release(x);
      }
      double sum = 0;
      for (double loss : losses) {
        sum += loss;
      }
      return sum;
    }

    /** The loss of one row, whose logits become their gradient. */
    private double row(float[] logits, int at, int classes, int label, boolean backward) {
      float[] capped = null;
      if (softcap > 0) {
        Softcap.apply(logits, at, classes, softcap);
        if (backward) {
          capped = compute.buffers().borrow(classes);
          System.arraycopy(logits, at, capped, 0, classes);
        }
      }
      int best = at;
      for (int i = at; i < at + classes; i++) {
        best = logits[i] > logits[best] ? i : best;
      }
      double above = (double) logits[best] - logits[at + label];
      compute.kernels().softmax(logits, at, 1, classes, classes);
      // The largest probability is one over the sum of all exponentials.
      double loss = above - Math.log(logits[best]);
      logits[at + label] -= 1f;
      if (capped != null) {
        for (int i = 0; i < classes; i++) {
          float t = capped[i] / softcap;
          logits[at + i] *= 1f - t * t;
        }
        compute.buffers().release(capped);
      }
      return loss;
    }
  }
}
