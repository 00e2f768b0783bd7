package io.github.lora4j.autograd;

import io.github.lora4j.tensor.Tensor;
import java.util.Arrays;

/** Softmax cross-entropy, the mean over the rows that carry a label. */
public final class CrossEntropy {
  /** The label of a row that does not count. */
  public static final int IGNORE = -100;

  private CrossEntropy() {}

  /**
   * @param logits {@code [rows, classes]}
   * @param labels a class for each row, or {@link #IGNORE}; at least one row must count
   * @return a single value
   */
  public static Var apply(Tape tape, Var logits, int[] labels) {
    int counted = (int) Arrays.stream(labels).filter(label -> label != IGNORE).count();
    if (counted == 0) {
      throw new IllegalArgumentException("no row carries a label");
    }
    return apply(tape, logits, labels, counted);
  }

  /**
   * The sum over the rows that carry a label, divided by {@code divisor}: for batches that are
   * accumulated into one step.
   */
  public static Var apply(Tape tape, Var logits, int[] labels, double divisor) {
    int rows = logits.value().rows();
    int classes = logits.value().cols();
    requireLabels(labels, rows, classes);
    Tensor p = tape.matrix(rows, classes);
    System.arraycopy(logits.value().data(), 0, p.data(), 0, p.size());
    double sum = 0;
    for (int r = 0; r < rows; r++) {
      if (labels[r] != IGNORE) {
        sum += loss(logits.value().data(), r * classes, classes, labels[r]);
      }
    }
    tape.compute().kernels().softmax(p.data(), 0, rows, classes, classes);
    Tensor loss = tape.matrix(1, 1);
    loss.data()[0] = (float) (sum / divisor);
    Var out = tape.result(loss, logits);
    tape.record(
        out,
        () -> {
          float scale = (float) (out.grad().data()[0] / divisor);
          float[] d = tape.zeroedGradOf(logits).data();
          for (int r = 0; r < rows; r++) {
            if (labels[r] != IGNORE) {
              for (int c = 0; c < classes; c++) {
                float target = c == labels[r] ? 1f : 0f;
                d[r * classes + c] += scale * (p.data()[r * classes + c] - target);
              }
            }
          }
        });
    return out;
  }

  /** The loss of one row of logits, {@code logits[offset .. offset + classes)}. */
  public static double loss(float[] logits, int offset, int classes, int label) {
    float max = Float.NEGATIVE_INFINITY;
    for (int c = 0; c < classes; c++) {
      max = Math.max(max, logits[offset + c]);
    }
    double sum = 0;
    for (int c = 0; c < classes; c++) {
      sum += Math.exp(logits[offset + c] - max);
    }
    return max + Math.log(sum) - logits[offset + label];
  }

  private static void requireLabels(int[] labels, int rows, int classes) {
    if (labels.length != rows) {
      throw new IllegalArgumentException(labels.length + " labels for " + rows + " rows");
    }
    for (int label : labels) {
      if (label != IGNORE && (label < 0 || label >= classes)) {
        throw new IllegalArgumentException("label " + label + " outside [0, " + classes + ")");
      }
    }
  }
}
