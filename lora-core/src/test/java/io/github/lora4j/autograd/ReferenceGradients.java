package io.github.lora4j.autograd;

import io.github.lora4j.tensor.Ragged;
import org.apache.commons.math3.special.Erf;

/** Input gradients of {@link References} in float64, by the chain rule. */
final class ReferenceGradients {
  private ReferenceGradients() {}

  /** {@code dy w}. */
  static double[] linearX(double[] dy, double[] w, int in) {
    int out = w.length / in;
    int rows = dy.length / out;
    double[] dx = new double[rows * in];
    for (int r = 0; r < rows; r++) {
      for (int o = 0; o < out; o++) {
        for (int i = 0; i < in; i++) {
          dx[r * in + i] += dy[r * out + o] * w[o * in + i];
        }
      }
    }
    return dx;
  }

  /** {@code dyᵀ x}. */
  static double[] linearW(double[] dy, double[] x, int in) {
    int rows = x.length / in;
    int out = dy.length / rows;
    double[] dw = new double[out * in];
    for (int r = 0; r < rows; r++) {
      for (int o = 0; o < out; o++) {
        for (int i = 0; i < in; i++) {
          dw[o * in + i] += dy[r * out + o] * x[r * in + i];
        }
      }
    }
    return dw;
  }

  static double[] layerNormX(double[] dy, double[] x, double[] gamma, double eps) {
    int cols = gamma.length;
    double[] dx = new double[x.length];
    for (int o = 0; o < x.length; o += cols) {
      double mean = 0;
      for (int c = 0; c < cols; c++) {
        mean += x[o + c] / cols;
      }
      double variance = 0;
      for (int c = 0; c < cols; c++) {
        variance += (x[o + c] - mean) * (x[o + c] - mean) / cols;
      }
      double deviation = Math.sqrt(variance + eps);
      double meanG = 0;
      double meanDot = 0;
      for (int c = 0; c < cols; c++) {
        meanG += dy[o + c] * gamma[c] / cols;
        meanDot += dy[o + c] * gamma[c] * (x[o + c] - mean) / deviation / cols;
      }
      for (int c = 0; c < cols; c++) {
        double normed = (x[o + c] - mean) / deviation;
        dx[o + c] = (dy[o + c] * gamma[c] - meanG - normed * meanDot) / deviation;
      }
    }
    return dx;
  }

  static double[] gelu(double[] dy, double[] x) {
    double[] dx = new double[x.length];
    for (int i = 0; i < x.length; i++) {
      double density = Math.exp(-x[i] * x[i] / 2) / Math.sqrt(2 * Math.PI);
      dx[i] = dy[i] * (0.5 * Erf.erfc(-x[i] / Math.sqrt(2)) + x[i] * density);
    }
    return dx;
  }

  /** The gradients of queries, keys and values of one head. */
  static double[][] attention(
      double[] dy, double[] q, double[] k, double[] v, Ragged batch, boolean causal) {
    int d = q.length / batch.rows();
    double[][] gradients = {new double[q.length], new double[q.length], new double[q.length]};
    for (int s = 0; s < batch.sequences(); s++) {
      int start = batch.start(s);
      for (int i = 0; i < batch.length(s); i++) {
        int visible = causal ? i + 1 : batch.length(s);
        double[] p = new double[visible];
        double[] dp = new double[visible];
        for (int j = 0; j < visible; j++) {
          for (int c = 0; c < d; c++) {
            p[j] += q[(start + i) * d + c] * k[(start + j) * d + c] / Math.sqrt(d);
            dp[j] += dy[(start + i) * d + c] * v[(start + j) * d + c];
          }
        }
        p = References.softmax(p, visible);
        double dot = 0;
        for (int j = 0; j < visible; j++) {
          dot += p[j] * dp[j];
        }
        for (int j = 0; j < visible; j++) {
          double ds = p[j] * (dp[j] - dot) / Math.sqrt(d);
          for (int c = 0; c < d; c++) {
            gradients[0][(start + i) * d + c] += ds * k[(start + j) * d + c];
            gradients[1][(start + j) * d + c] += ds * q[(start + i) * d + c];
            gradients[2][(start + j) * d + c] += p[j] * dy[(start + i) * d + c];
          }
        }
      }
    }
    return gradients;
  }

  static double[] crossEntropy(double[] logits, int[] labels, double divisor) {
    int classes = logits.length / labels.length;
    double[] d = References.softmax(logits, classes);
    for (int r = 0; r < labels.length; r++) {
      for (int c = 0; c < classes; c++) {
        int i = r * classes + c;
        d[i] = labels[r] == CrossEntropy.IGNORE ? 0 : (d[i] - (c == labels[r] ? 1 : 0)) / divisor;
      }
    }
    return d;
  }
}
