package io.github.lora4j.autograd;

import io.github.lora4j.compute.Activation;
import io.github.lora4j.tensor.Ragged;
import java.util.Arrays;
import org.apache.commons.math3.special.Erf;

/** The operations in float64, straight from their definitions. */
final class References {
  private References() {}

  /** {@code x[rows, in] w[out, in]ᵀ + bias}; bias may be null. */
  static double[] linear(double[] x, double[] w, double[] bias, int in) {
    int rows = x.length / in;
    int out = w.length / in;
    double[] y = new double[rows * out];
    for (int r = 0; r < rows; r++) {
      for (int o = 0; o < out; o++) {
        double sum = bias == null ? 0 : bias[o];
        for (int i = 0; i < in; i++) {
          sum += x[r * in + i] * w[o * in + i];
        }
        y[r * out + o] = sum;
      }
    }
    return y;
  }

  /** {@code linear + scaling * (x * mask) Aᵀ Bᵀ}; mask may be null. */
  static double[] lowRank(
      double[] x,
      double[] w,
      double[] bias,
      double[] a,
      double[] b,
      int in,
      double scaling,
      float[] mask) {
    double[] dropped = mask == null ? x : multiply(x, mask);
    double[] u = linear(dropped, a, null, in);
    double[] y = linear(x, w, bias, in);
    double[] update = linear(u, b, null, a.length / in);
    for (int i = 0; i < y.length; i++) {
      y[i] += scaling * update[i];
    }
    return y;
  }

  static double[] layerNorm(double[] x, double[] gamma, double[] beta, double eps) {
    int cols = gamma.length;
    double[] y = new double[x.length];
    for (int o = 0; o < x.length; o += cols) {
      double mean = 0;
      for (int c = 0; c < cols; c++) {
        mean += x[o + c] / cols;
      }
      double variance = 0;
      for (int c = 0; c < cols; c++) {
        variance += (x[o + c] - mean) * (x[o + c] - mean) / cols;
      }
      for (int c = 0; c < cols; c++) {
        y[o + c] = (x[o + c] - mean) / Math.sqrt(variance + eps) * gamma[c] + beta[c];
      }
    }
    return y;
  }

  static double[] activate(double[] x, Activation f) {
    return switch (f) {
      case GELU -> gelu(x);
      case GELU_TANH -> geluTanh(x);
      case RELU -> Arrays.stream(x).map(v -> Math.max(v, 0)).toArray();
      case SILU -> Arrays.stream(x).map(v -> v / (1 + Math.exp(-v))).toArray();
      case TANH -> Arrays.stream(x).map(Math::tanh).toArray();
    };
  }

  private static double[] geluTanh(double[] x) {
    return Arrays.stream(x)
        .map(v -> 0.5 * v * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (v + 0.044715 * v * v * v))))
        .toArray();
  }

  static double[] gelu(double[] x) {
    double[] y = new double[x.length];
    for (int i = 0; i < x.length; i++) {
      y[i] = x[i] * 0.5 * Erf.erfc(-x[i] / Math.sqrt(2));
    }
    return y;
  }

  static double[] attention(
      double[] q, double[] k, double[] v, Ragged batch, int heads, int kvHeads, boolean causal) {
    int d = q.length / batch.rows() / heads;
    double[] y = new double[q.length];
    for (int s = 0; s < batch.sequences(); s++) {
      for (int h = 0; h < heads; h++) {
        int kv = h / (heads / kvHeads);
        for (int i = 0; i < batch.length(s); i++) {
          int visible = causal ? i + 1 : batch.length(s);
          int qo = ((batch.start(s) + i) * heads + h) * d;
          double[] p = new double[visible];
          for (int j = 0; j < visible; j++) {
            int ko = ((batch.start(s) + j) * kvHeads + kv) * d;
            for (int c = 0; c < d; c++) {
              p[j] += q[qo + c] * k[ko + c] / Math.sqrt(d);
            }
          }
          p = softmax(p, visible);
          for (int j = 0; j < visible; j++) {
            int vo = ((batch.start(s) + j) * kvHeads + kv) * d;
            for (int c = 0; c < d; c++) {
              y[qo + c] += p[j] * v[vo + c];
            }
          }
        }
      }
    }
    return y;
  }

  static double[] softmax(double[] x, int cols) {
    double[] p = new double[x.length];
    for (int o = 0; o < x.length; o += cols) {
      double max = Double.NEGATIVE_INFINITY;
      for (int c = 0; c < cols; c++) {
        max = Math.max(max, x[o + c]);
      }
      double sum = 0;
      for (int c = 0; c < cols; c++) {
        p[o + c] = Math.exp(x[o + c] - max);
        sum += p[o + c];
      }
      for (int c = 0; c < cols; c++) {
        p[o + c] /= sum;
      }
    }
    return p;
  }

  /** The sum of one row of each table. */
  static double[] embedding(double[][] tables, int[][] ids, int cols) {
    double[] y = new double[ids[0].length * cols];
    for (int t = 0; t < tables.length; t++) {
      for (int r = 0; r < ids[t].length; r++) {
        for (int c = 0; c < cols; c++) {
          y[r * cols + c] += tables[t][ids[t][r] * cols + c];
        }
      }
    }
    return y;
  }

  static double[] multiply(double[] x, float[] mask) {
    double[] y = new double[x.length];
    for (int i = 0; i < x.length; i++) {
      y[i] = x[i] * mask[i];
    }
    return y;
  }

  static double[] add(double[] a, double[] b) {
    double[] y = new double[a.length];
    for (int i = 0; i < a.length; i++) {
      y[i] = a[i] + b[i];
    }
    return y;
  }

  static double[] firstPooling(double[] x, Ragged batch) {
    int cols = x.length / batch.rows();
    double[] y = new double[batch.sequences() * cols];
    for (int s = 0; s < batch.sequences(); s++) {
      System.arraycopy(x, batch.start(s) * cols, y, s * cols, cols);
    }
    return y;
  }

  static double[] meanPooling(double[] x, Ragged batch) {
    int cols = x.length / batch.rows();
    double[] y = new double[batch.sequences() * cols];
    for (int s = 0; s < batch.sequences(); s++) {
      for (int r = batch.start(s); r < batch.start(s) + batch.length(s); r++) {
        for (int c = 0; c < cols; c++) {
          y[s * cols + c] += x[r * cols + c] / batch.length(s);
        }
      }
    }
    return y;
  }

  /** The summed negative log-likelihood of the labelled rows, over {@code divisor}. */
  static double[] crossEntropy(double[] logits, int[] labels, double divisor) {
    int classes = logits.length / labels.length;
    double[] p = softmax(logits, classes);
    double sum = 0;
    for (int r = 0; r < labels.length; r++) {
      if (labels[r] != CrossEntropy.IGNORE) {
        sum -= Math.log(p[r * classes + labels[r]]);
      }
    }
    return new double[] {sum / divisor};
  }
}
