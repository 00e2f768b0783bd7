package io.github.lora4j.compute;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/** LayerNorm and its gradient, row by row. */
final class VectorLayerNorm {
  private static final VectorSpecies<Float> S = VectorWidth.FLOATS;
  private static final int L = S.length();

  private VectorLayerNorm() {}

  /** As {@link Kernels#layerNorm}. */
  static void forward(
      float[] x,
      float[] gamma,
      float[] beta,
      float eps,
      int cols,
      float[] y,
      float[] stats,
      int from,
      int to) {
    int end = cols / L * L;
    for (int r = from; r < to; r++) {
      int o = r * cols;
      float mean = sum(x, o, o + cols) / cols;
      FloatVector means = FloatVector.broadcast(S, mean);
      float square = squaredDistance(x, o, o + cols, mean);
      float inverse = (float) (1.0 / Math.sqrt(square / cols + (double) eps));
      stats[2 * r] = mean;
      stats[2 * r + 1] = inverse;
      FloatVector factor = FloatVector.broadcast(S, inverse);
      for (int i = 0; i < end; i += L) {
        FloatVector normed = FloatVector.fromArray(S, x, o + i).sub(means).mul(factor);
        normed
            .fma(FloatVector.fromArray(S, gamma, i), FloatVector.fromArray(S, beta, i))
            .intoArray(y, o + i);
      }
      for (int i = end; i < cols; i++) {
        y[o + i] = (x[o + i] - mean) * inverse * gamma[i] + beta[i];
      }
    }
  }

  /** As {@link Kernels#layerNormBackward}. */
  static void backward(
      float[] x,
      float[] gamma,
      float[] stats,
      float[] dy,
      int cols,
      float[] dx,
      boolean accumulate,
      int from,
      int to) {
    int end = cols / L * L;
    for (int r = from; r < to; r++) {
      int o = r * cols;
      float mean = stats[2 * r];
      float inverse = stats[2 * r + 1];
      FloatVector means = FloatVector.broadcast(S, mean);
      FloatVector factor = FloatVector.broadcast(S, inverse);
      FloatVector sums = FloatVector.zero(S);
      FloatVector dots = FloatVector.zero(S);
      for (int i = 0; i < end; i += L) {
        FloatVector g = FloatVector.fromArray(S, dy, o + i).mul(FloatVector.fromArray(S, gamma, i));
        FloatVector normed = FloatVector.fromArray(S, x, o + i).sub(means).mul(factor);
        sums = sums.add(g);
        dots = g.fma(normed, dots);
      }
      float sum = VectorMath.sum(sums);
      float dot = VectorMath.sum(dots);
      for (int i = end; i < cols; i++) {
        float g = dy[o + i] * gamma[i];
        sum += g;
        dot += g * ((x[o + i] - mean) * inverse);
      }
      FloatVector meanG = FloatVector.broadcast(S, sum / cols);
      FloatVector meanDot = FloatVector.broadcast(S, dot / cols);
      for (int i = 0; i < end; i += L) {
        FloatVector g = FloatVector.fromArray(S, dy, o + i).mul(FloatVector.fromArray(S, gamma, i));
        FloatVector normed = FloatVector.fromArray(S, x, o + i).sub(means).mul(factor);
        FloatVector d = g.sub(meanG).sub(normed.mul(meanDot)).mul(factor);
        if (accumulate) {
          d = d.add(FloatVector.fromArray(S, dx, o + i));
        }
        d.intoArray(dx, o + i);
      }
      for (int i = end; i < cols; i++) {
        float normed = (x[o + i] - mean) * inverse;
        float d = inverse * (dy[o + i] * gamma[i] - sum / cols - normed * (dot / cols));
        dx[o + i] = accumulate ? dx[o + i] + d : d;
      }
    }
  }

  private static float sum(float[] x, int from, int to) {
    FloatVector a = FloatVector.zero(S);
    FloatVector b = a;
    FloatVector c = a;
    FloatVector d = a;
    int i = from;
    for (; i + 4 * L <= to; i += 4 * L) {
      a = a.add(FloatVector.fromArray(S, x, i));
      b = b.add(FloatVector.fromArray(S, x, i + L));
      c = c.add(FloatVector.fromArray(S, x, i + 2 * L));
      d = d.add(FloatVector.fromArray(S, x, i + 3 * L));
    }
    float sum = VectorMath.sum(a.add(b).add(c.add(d)));
    for (; i < to; i++) {
      sum += x[i];
    }
    return sum;
  }

  /** The sum of {@code (x[i] - center)²}. */
  private static float squaredDistance(float[] x, int from, int to, float center) {
    FloatVector centers = FloatVector.broadcast(S, center);
    FloatVector a = FloatVector.zero(S);
    FloatVector b = a;
    FloatVector c = a;
    FloatVector d = a;
    int i = from;
    for (; i + 4 * L <= to; i += 4 * L) {
      FloatVector v = FloatVector.fromArray(S, x, i).sub(centers);
      a = v.fma(v, a);
      v = FloatVector.fromArray(S, x, i + L).sub(centers);
      b = v.fma(v, b);
      v = FloatVector.fromArray(S, x, i + 2 * L).sub(centers);
      c = v.fma(v, c);
      v = FloatVector.fromArray(S, x, i + 3 * L).sub(centers);
      d = v.fma(v, d);
    }
    float sum = VectorMath.sum(a.add(b).add(c.add(d)));
    for (; i < to; i++) {
      float v = x[i] - center;
      sum += v * v;
    }
    return sum;
  }
}
