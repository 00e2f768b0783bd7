package io.github.lora4j.compute;

import io.github.lora4j.tensor.Panels;

/** Plain Java, the reference for {@link VectorKernels}; simple loops that the JIT can vectorize. */
final class ScalarKernels implements Kernels {
  private final CodeKernels codes = new ScalarCodeKernels();

  @Override
  public CodeKernels codes() {
    return codes;
  }

  @Override
  public String name() {
    return "scalar";
  }

  @Override
  public void add(float[] a, float[] b, float[] out, int from, int to) {
    for (int i = from; i < to; i++) {
      out[i] = a[i] + b[i];
    }
  }

  @Override
  public void addScaled(float alpha, float[] x, int xo, float[] y, int yo, int count) {
    for (int i = 0; i < count; i++) {
      y[yo + i] += alpha * x[xo + i];
    }
  }

  @Override
  public void multiply(float[] x, float[] factor, float[] out, int from, int to) {
    for (int i = from; i < to; i++) {
      out[i] = x[i] * factor[i];
    }
  }

  @Override
  public void activate(Activation f, float[] x, float[] y, int from, int to) {
    switch (f) {
      case GELU -> {
        for (int i = from; i < to; i++) {
          y[i] = ScalarMath.gelu(x[i]);
        }
      }
      case GELU_TANH -> {
        for (int i = from; i < to; i++) {
          y[i] = ScalarMath.geluTanh(x[i]);
        }
      }
      case RELU -> {
        for (int i = from; i < to; i++) {
          y[i] = Math.max(x[i], 0f);
        }
      }
      case SILU -> {
        for (int i = from; i < to; i++) {
          y[i] = x[i] * ScalarMath.sigmoid(x[i]);
        }
      }
      case TANH -> {
        for (int i = from; i < to; i++) {
          y[i] = ScalarMath.tanh(x[i]);
        }
      }
    }
  }

  @Override
  public void activateBackward(Activation f, float[] x, float[] dy, float[] dx, int from, int to) {
    switch (f) {
      case GELU -> {
        for (int i = from; i < to; i++) {
          dx[i] = dy[i] * ScalarMath.geluDerivative(x[i]);
        }
      }
      case GELU_TANH -> {
        for (int i = from; i < to; i++) {
          dx[i] = dy[i] * ScalarMath.geluTanhDerivative(x[i]);
        }
      }
      case RELU -> {
        for (int i = from; i < to; i++) {
          dx[i] = x[i] > 0f ? dy[i] : 0f;
        }
      }
      case SILU -> {
        for (int i = from; i < to; i++) {
          dx[i] = dy[i] * ScalarMath.siluDerivative(x[i]);
        }
      }
      case TANH -> {
        for (int i = from; i < to; i++) {
          float t = ScalarMath.tanh(x[i]);
          dx[i] = dy[i] * (1f - t * t);
        }
      }
    }
  }

  @Override
  public void softmax(float[] x, int offset, int count, int cols, int stride) {
    for (int r = 0; r < count; r++) {
      int from = offset + r * stride;
      int to = from + cols;
      float max = Float.NEGATIVE_INFINITY;
      for (int i = from; i < to; i++) {
        max = Math.max(max, x[i]);
      }
      float sum = 0f;
      for (int i = from; i < to; i++) {
        x[i] = ScalarMath.exp(x[i] - max);
        sum += x[i];
      }
      float inverse = 1f / sum;
      for (int i = from; i < to; i++) {
        x[i] *= inverse;
      }
    }
  }

  @Override
  public void softmaxBackward(
      float[] p, int po, float[] dp, int dpo, int count, int cols, int stride, float scale) {
    for (int r = 0; r < count; r++) {
      int pr = po + r * stride;
      int dr = dpo + r * stride;
      float dot = 0f;
      for (int i = 0; i < cols; i++) {
        dot += p[pr + i] * dp[dr + i];
      }
      for (int i = 0; i < cols; i++) {
        dp[dr + i] = scale * p[pr + i] * (dp[dr + i] - dot);
      }
    }
  }

  @Override
  public void layerNorm(
      float[] x,
      float[] gamma,
      float[] beta,
      float eps,
      int cols,
      float[] y,
      float[] stats,
      int from,
      int to) {
    for (int r = from; r < to; r++) {
      int o = r * cols;
      float sum = 0f;
      for (int i = 0; i < cols; i++) {
        sum += x[o + i];
      }
      float mean = sum / cols;
      float squares = 0f;
      for (int i = 0; i < cols; i++) {
        float d = x[o + i] - mean;
        squares += d * d;
      }
      float inverse = (float) (1.0 / Math.sqrt(squares / cols + (double) eps));
      stats[2 * r] = mean;
      stats[2 * r + 1] = inverse;
      for (int i = 0; i < cols; i++) {
        y[o + i] = (x[o + i] - mean) * inverse * gamma[i] + beta[i];
      }
    }
  }

  @Override
  public void layerNormBackward(
      float[] x,
      float[] gamma,
      float[] stats,
      float[] dy,
      int cols,
      float[] dx,
      boolean accumulate,
      int from,
      int to) {
    for (int r = from; r < to; r++) {
      int o = r * cols;
      float mean = stats[2 * r];
      float inverse = stats[2 * r + 1];
      float sum = 0f;
      float dot = 0f;
      for (int i = 0; i < cols; i++) {
        float g = dy[o + i] * gamma[i];
        sum += g;
        dot += g * ((x[o + i] - mean) * inverse);
      }
      float meanG = sum / cols;
      float meanDot = dot / cols;
      for (int i = 0; i < cols; i++) {
        float normed = (x[o + i] - mean) * inverse;
        float d = inverse * (dy[o + i] * gamma[i] - meanG - normed * meanDot);
        dx[o + i] = accumulate ? dx[o + i] + d : d;
      }
    }
  }

  @Override
  public void rmsNorm(
      float[] x, float[] gamma, float eps, float[] y, float[] inverses, int from, int to) {
    int cols = gamma.length;
    for (int r = from; r < to; r++) {
      int o = r * cols;
      float squares = 0f;
      for (int i = 0; i < cols; i++) {
        squares += x[o + i] * x[o + i];
      }
      float inverse = (float) (1.0 / Math.sqrt(squares / cols + (double) eps));
      inverses[r] = inverse;
      for (int i = 0; i < cols; i++) {
        y[o + i] = x[o + i] * inverse * gamma[i];
      }
    }
  }

  @Override
  public void rmsNormBackward(
      float[] x,
      float[] gamma,
      float[] inverses,
      float[] dy,
      float[] dx,
      boolean accumulate,
      int from,
      int to) {
    int cols = gamma.length;
    for (int r = from; r < to; r++) {
      int o = r * cols;
      float inverse = inverses[r];
      float dot = 0f;
      for (int i = 0; i < cols; i++) {
        dot += dy[o + i] * gamma[i] * x[o + i];
      }
      float along = dot * inverse * inverse / cols;
      for (int i = 0; i < cols; i++) {
        float d = inverse * (dy[o + i] * gamma[i] - x[o + i] * along);
        dx[o + i] = accumulate ? dx[o + i] + d : d;
      }
    }
  }

  @Override
  public void pack(
      float[] from,
      int offset,
      int next,
      int step,
      int count,
      int depth,
      float[] to,
      int at,
      int width) {
    Panels.pack(from, offset, next, step, count, depth, to, at, width);
  }

  @Override
  public void dots(
      float[] q,
      int qo,
      float[] k,
      int ko,
      int stride,
      int count,
      int size,
      float scale,
      float[] p) {
    for (int j = 0; j < count; j++) {
      p[j] = scale * dot(q, qo, k, ko + j * stride, size);
    }
  }

  @Override
  public void weigh(
      float[] p, float[] v, int vo, int stride, int count, int size, float[] y, int yo) {
    for (int i = 0; i < size; i++) {
      y[yo + i] = 0f;
    }
    for (int j = 0; j < count; j++) {
      addScaled(p[j], v, vo + j * stride, y, yo, size);
    }
  }

  @Override
  public float dot(float[] a, int ao, float[] b, int bo, int count) {
    // Four sums: one alone would wait for the latency of its own addition.
    float s0 = 0f;
    float s1 = 0f;
    float s2 = 0f;
    float s3 = 0f;
    int i = 0;
    for (; i + 4 <= count; i += 4) {
      s0 += a[ao + i] * b[bo + i];
      s1 += a[ao + i + 1] * b[bo + i + 1];
      s2 += a[ao + i + 2] * b[bo + i + 2];
      s3 += a[ao + i + 3] * b[bo + i + 3];
    }
    for (; i < count; i++) {
      s0 += a[ao + i] * b[bo + i];
    }
    return s0 + s1 + (s2 + s3);
  }
}
