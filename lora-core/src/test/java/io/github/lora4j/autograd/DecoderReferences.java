package io.github.lora4j.autograd;

import io.github.lora4j.Approx;
import io.github.lora4j.tensor.RunTree;
import io.github.lora4j.tensor.Tensor;
import java.util.Arrays;
import java.util.stream.IntStream;

/** The operations of decoders in float64, straight from their definitions. */
final class DecoderReferences {
  private DecoderReferences() {}

  static double[] rmsNorm(double[] x, float[] gamma, double eps) {
    int cols = gamma.length;
    double[] y = new double[x.length];
    for (int o = 0; o < x.length; o += cols) {
      double squares = 0;
      for (int c = 0; c < cols; c++) {
        squares += x[o + c] * x[o + c] / cols;
      }
      for (int c = 0; c < cols; c++) {
        y[o + c] = x[o + c] / Math.sqrt(squares + eps) * gamma[c];
      }
    }
    return y;
  }

  static double[] product(double[] a, double[] b) {
    double[] y = new double[a.length];
    for (int i = 0; i < a.length; i++) {
      y[i] = a[i] * b[i];
    }
    return y;
  }

  static double[] rotary(double[] x, Rotary.Angles angles, int rows, int headSize) {
    int cols = x.length / rows;
    int pairs = angles.pairs();
    double[] y = x.clone();
    for (int r = 0; r < rows; r++) {
      for (int head = r * cols; head < (r + 1) * cols; head += headSize) {
        for (int i = 0; i < pairs; i++) {
          double cos = angles.cos()[r * pairs + i];
          double sin = angles.sin()[r * pairs + i];
          y[head + i] = x[head + i] * cos - x[head + pairs + i] * sin;
          y[head + pairs + i] = x[head + pairs + i] * cos + x[head + i] * sin;
        }
      }
    }
    return y;
  }

  static double[] columns(double[] x, int rows, Columns.Selection selection) {
    int cols = x.length / rows;
    double[] y = new double[rows * selection.cols()];
    int at = 0;
    for (int r = 0; r < rows; r++) {
      for (int g = 0; g < selection.groups(); g++) {
        for (int c = 0; c < selection.width(); c++) {
          y[at++] = x[r * cols + selection.first() + g * selection.stride() + c];
        }
      }
    }
    return y;
  }

  static double[] rows(double[] x, int cols, int[] selected) {
    double[] y = new double[selected.length * cols];
    for (int i = 0; i < selected.length; i++) {
      System.arraycopy(x, selected[i] * cols, y, i * cols, cols);
    }
    return y;
  }

  static double[] attention(
      double[] q, double[] k, double[] v, RunTree tree, AttentionRules rules) {
    int heads = rules.heads();
    int d = q.length / tree.rows().rows() / heads;
    double[] y = new double[q.length];
    for (int run = 0; run < tree.runs(); run++) {
      int[] rows = seen(tree, run);
      for (int h = 0; h < heads; h++) {
        for (int i = rows.length - tree.rows().length(run); i < rows.length; i++) {
          head(q, k, v, rows, rules, h, i, d, y);
        }
      }
    }
    return y;
  }

  /** The rows of what a run continues, and its own. */
  private static int[] seen(RunTree tree, int run) {
    int[] before = tree.isRoot(run) ? new int[0] : seen(tree, tree.parents()[run]);
    int start = tree.rows().start(run);
    IntStream own = IntStream.range(start, start + tree.rows().length(run));
    return IntStream.concat(Arrays.stream(before), own).toArray();
  }

  private static void head(
      double[] q,
      double[] k,
      double[] v,
      int[] rows,
      AttentionRules rules,
      int h,
      int i,
      int d,
      double[] y) {
    int kv = h / (rules.heads() / rules.kvHeads());
    int qo = (rows[i] * rules.heads() + h) * d;
    double[] p = new double[rows.length];
    for (int j = 0; j < p.length; j++) {
      int ko = (rows[j] * rules.kvHeads() + kv) * d;
      for (int c = 0; c < d; c++) {
        p[j] += q[qo + c] * k[ko + c] * (double) rules.scale();
      }
      if (rules.softcap() > 0) {
        p[j] = rules.softcap() * Math.tanh(p[j] / rules.softcap());
      }
      if (rules.slopes() != null) {
        p[j] += rules.slopes()[h] * (double) j;
      }
      boolean seen = !rules.causal() || j <= i && (rules.window() == 0 || i - j < rules.window());
      p[j] = seen ? p[j] : Double.NEGATIVE_INFINITY;
    }
    p = References.softmax(p, p.length);
    for (int j = 0; j < p.length; j++) {
      int vo = (rows[j] * rules.kvHeads() + kv) * d;
      for (int c = 0; c < d; c++) {
        y[qo + c] += p[j] * v[vo + c];
      }
    }
  }

  static double[] loss(double[] h, Tensor w, float[] bias, double softcap, int[] labels) {
    double[] wideBias = bias == null ? null : Approx.widen(Tensor.of(bias, bias.length));
    double[] logits = References.linear(h, Approx.widen(w), wideBias, w.cols());
    if (softcap > 0) {
      for (int i = 0; i < logits.length; i++) {
        logits[i] = softcap * Math.tanh(logits[i] / softcap);
      }
    }
    return References.crossEntropy(logits, labels, labels.length);
  }
}
