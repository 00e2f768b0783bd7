package io.github.lora4j.compute;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/** RMSNorm and its gradient, row by row. */
final class VectorRmsNorm {
  private static final VectorSpecies<Float> S = VectorWidth.FLOATS;
  private static final int L = S.length();

  private VectorRmsNorm() {}

  /** As {@link Kernels#rmsNorm}. */
  static void forward(
      float[] x, float[] gamma, float eps, float[] y, float[] inverses, int from, int to) {
    int cols = gamma.length;
    int end = cols / L * L;
    for (int r = from; r < to; r++) {
      int o = r * cols;
      FloatVector a = FloatVector.zero(S);
      FloatVector b = a;
      int i = 0;
      for (; i + 2 * L <= cols; i += 2 * L) {
        FloatVector u = FloatVector.fromArray(S, x, o + i);
        FloatVector v = FloatVector.fromArray(S, x, o + i + L);
        a = u.fma(u, a);
        b = v.fma(v, b);
      }
      float squares = VectorMath.sum(a.add(b));
      for (; i < cols; i++) {
        squares += x[o + i] * x[o + i];
      }
      float inverse = (float) (1.0 / Math.sqrt(squares / cols + (double) eps));
      inverses[r] = inverse;
      FloatVector factor = FloatVector.broadcast(S, inverse);
      for (i = 0; i < end; i += L) {
        FloatVector.fromArray(S, x, o + i)
            .mul(factor)
            .mul(FloatVector.fromArray(S, gamma, i))
            .intoArray(y, o + i);
      }
      for (; i < cols; i++) {
        y[o + i] = x[o + i] * inverse * gamma[i];
      }
    }
  }

  /** As {@link Kernels#rmsNormBackward}. */
  static void backward(
      float[] x,
      float[] gamma,
      float[] inverses,
      float[] dy,
      float[] dx,
      boolean accumulate,
      int from,
      int to) {
    int cols = gamma.length;
    int end = cols / L * L;
    for (int r = from; r < to; r++) {
      int o = r * cols;
      float inverse = inverses[r];
      FloatVector dots = FloatVector.zero(S);
      int i = 0;
      for (; i < end; i += L) {
        FloatVector g = FloatVector.fromArray(S, dy, o + i).mul(FloatVector.fromArray(S, gamma, i));
        dots = g.fma(FloatVector.fromArray(S, x, o + i), dots);
      }
      float dot = VectorMath.sum(dots);
      for (; i < cols; i++) {
        dot += dy[o + i] * gamma[i] * x[o + i];
      }
      float along = dot * inverse * inverse / cols;
      FloatVector factor = FloatVector.broadcast(S, inverse);
      FloatVector back = FloatVector.broadcast(S, -along);
      for (i = 0; i < end; i += L) {
        FloatVector g = FloatVector.fromArray(S, dy, o + i).mul(FloatVector.fromArray(S, gamma, i));
        FloatVector d = FloatVector.fromArray(S, x, o + i).fma(back, g).mul(factor);
        if (accumulate) {
          d = d.add(FloatVector.fromArray(S, dx, o + i));
        }
        d.intoArray(dx, o + i);
      }
      for (; i < cols; i++) {
        float d = inverse * (dy[o + i] * gamma[i] - x[o + i] * along);
        dx[o + i] = accumulate ? dx[o + i] + d : d;
      }
    }
  }
}
