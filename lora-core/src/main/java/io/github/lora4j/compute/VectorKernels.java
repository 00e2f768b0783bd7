package io.github.lora4j.compute;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/** The kernels on the Vector API; what does not fill a vector goes to the scalar twin. */
final class VectorKernels implements Kernels {
  private static final VectorSpecies<Float> S = VectorWidth.FLOATS;
  private static final int L = S.length();

  private final ScalarKernels tail = new ScalarKernels();
  private final CodeKernels codes = new VectorCodeKernels();

  @Override
  public CodeKernels codes() {
    return codes;
  }

  @Override
  public String name() {
    return "vector";
  }

  /** The end of the part of {@code [from, to)} that whole vectors cover. */
  private static int vectorEnd(int from, int to) {
    return from + (to - from) / L * L;
  }

  @Override
  public void add(float[] a, float[] b, float[] out, int from, int to) {
    int end = vectorEnd(from, to);
    for (int i = from; i < end; i += L) {
      FloatVector.fromArray(S, a, i).add(FloatVector.fromArray(S, b, i)).intoArray(out, i);
    }
    tail.add(a, b, out, end, to);
  }

  @Override
  public void addScaled(float alpha, float[] x, int xo, float[] y, int yo, int count) {
    int end = vectorEnd(0, count);
    FloatVector factor = FloatVector.broadcast(S, alpha);
    for (int i = 0; i < end; i += L) {
      FloatVector.fromArray(S, x, xo + i)
          .fma(factor, FloatVector.fromArray(S, y, yo + i))
          .intoArray(y, yo + i);
    }
    tail.addScaled(alpha, x, xo + end, y, yo + end, count - end);
  }

  @Override
  public void multiply(float[] x, float[] factor, float[] out, int from, int to) {
    int end = vectorEnd(from, to);
    for (int i = from; i < end; i += L) {
      FloatVector.fromArray(S, x, i).mul(FloatVector.fromArray(S, factor, i)).intoArray(out, i);
    }
    tail.multiply(x, factor, out, end, to);
  }

  @Override
  public void activate(Activation f, float[] x, float[] y, int from, int to) {
    int end = vectorEnd(from, to);
    switch (f) {
      case GELU -> {
        for (int i = from; i < end; i += L) {
          FloatVector v = FloatVector.fromArray(S, x, i);
          v.mul(VectorMath.normalCdf(v)).intoArray(y, i);
        }
      }
      case GELU_TANH -> {
        for (int i = from; i < end; i += L) {
          FloatVector v = FloatVector.fromArray(S, x, i);
          FloatVector t = VectorMath.tanh(VectorMath.geluTanhArgument(v));
          v.mul(0.5f).mul(t.add(1f)).intoArray(y, i);
        }
      }
      case RELU -> {
        for (int i = from; i < end; i += L) {
          FloatVector.fromArray(S, x, i).max(0f).intoArray(y, i);
        }
      }
      case SILU -> {
        for (int i = from; i < end; i += L) {
          FloatVector v = FloatVector.fromArray(S, x, i);
          v.mul(VectorMath.sigmoid(v)).intoArray(y, i);
        }
      }
      case TANH -> {
        for (int i = from; i < end; i += L) {
          VectorMath.tanh(FloatVector.fromArray(S, x, i)).intoArray(y, i);
        }
      }
    }
    tail.activate(f, x, y, end, to);
  }

  @Override
  public void activateBackward(Activation f, float[] x, float[] dy, float[] dx, int from, int to) {
    int end = vectorEnd(from, to);
    switch (f) {
      case GELU -> {
        for (int i = from; i < end; i += L) {
          FloatVector v = FloatVector.fromArray(S, x, i);
          FloatVector density = VectorMath.exp(v.mul(v).mul(-0.5f)).mul(ScalarMath.INV_SQRT_2PI);
          FloatVector derivative = v.fma(density, VectorMath.normalCdf(v));
          FloatVector.fromArray(S, dy, i).mul(derivative).intoArray(dx, i);
        }
      }
      case SILU -> {
        FloatVector one = FloatVector.broadcast(S, 1f);
        for (int i = from; i < end; i += L) {
          FloatVector v = FloatVector.fromArray(S, x, i);
          FloatVector s = VectorMath.sigmoid(v);
          FloatVector derivative = one.sub(s).fma(v, one).mul(s);
          FloatVector.fromArray(S, dy, i).mul(derivative).intoArray(dx, i);
        }
      }
      // Rare in what is fine-tuned: not worth a kernel.
      case GELU_TANH, RELU, TANH -> end = from;
    }
    tail.activateBackward(f, x, dy, dx, end, to);
  }

  @Override
  public void softmax(float[] x, int offset, int count, int cols, int stride) {
    if (cols < L) {
      tail.softmax(x, offset, count, cols, stride);
      return;
    }
    for (int r = 0; r < count; r++) {
      int from = offset + r * stride;
      int to = from + cols;
      int end = vectorEnd(from, to);
      float max = max(x, from, to);
      FloatVector shift = FloatVector.broadcast(S, max);
      FloatVector sums = FloatVector.zero(S);
      for (int i = from; i < end; i += L) {
        FloatVector e = VectorMath.exp(FloatVector.fromArray(S, x, i).sub(shift));
        e.intoArray(x, i);
        sums = sums.add(e);
      }
      float sum = VectorMath.sum(sums);
      for (int i = end; i < to; i++) {
        x[i] = ScalarMath.exp(x[i] - max);
        sum += x[i];
      }
      float inverse = 1f / sum;
      FloatVector factor = FloatVector.broadcast(S, inverse);
      for (int i = from; i < end; i += L) {
        FloatVector.fromArray(S, x, i).mul(factor).intoArray(x, i);
      }
      for (int i = end; i < to; i++) {
        x[i] *= inverse;
      }
    }
  }

  // Several running results: one alone would wait for the latency of its own addition.

  /**
   * The largest of at least one vector of elements, in any order. Compared as ints of the same
   * order: the maximum of floats has to tell 0 from -0, and with a comparison and a blend instead
   * the JIT may keep the vectors as objects.
   */
  private static float max(float[] x, int from, int to) {
    IntVector a = ordered(FloatVector.fromArray(S, x, from));
    IntVector b = a;
    int i = from + L;
    for (; i + 2 * L <= to; i += 2 * L) {
      a = a.max(ordered(FloatVector.fromArray(S, x, i)));
      b = b.max(ordered(FloatVector.fromArray(S, x, i + L)));
    }
    int largest = a.max(b).reduceLanes(VectorOperators.MAX);
    float max = Float.intBitsToFloat(largest ^ largest >> 31 >>> 1);
    for (; i < to; i++) {
      max = Math.max(max, x[i]);
    }
    return max;
  }

  /** Bits of which larger ones, as ints, are of larger numbers: those of negative ones inverted. */
  private static IntVector ordered(FloatVector x) {
    IntVector bits = x.reinterpretAsInts();
    return bits.lanewise(VectorOperators.ASHR, 31)
        .lanewise(VectorOperators.LSHR, 1)
        .lanewise(VectorOperators.XOR, bits);
  }

  @Override
  public void softmaxBackward(
      float[] p, int po, float[] dp, int dpo, int count, int cols, int stride, float scale) {
    if (cols < L) {
      tail.softmaxBackward(p, po, dp, dpo, count, cols, stride, scale);
      return;
    }
    int end = vectorEnd(0, cols);
    for (int r = 0; r < count; r++) {
      int pr = po + r * stride;
      int dr = dpo + r * stride;
      FloatVector dots = FloatVector.zero(S);
      for (int i = 0; i < end; i += L) {
        dots = FloatVector.fromArray(S, p, pr + i).fma(FloatVector.fromArray(S, dp, dr + i), dots);
      }
      float dot = VectorMath.sum(dots);
      for (int i = end; i < cols; i++) {
        dot += p[pr + i] * dp[dr + i];
      }
      FloatVector shift = FloatVector.broadcast(S, dot);
      FloatVector factor = FloatVector.broadcast(S, scale);
      for (int i = 0; i < end; i += L) {
        FloatVector scaled = FloatVector.fromArray(S, p, pr + i).mul(factor);
        FloatVector.fromArray(S, dp, dr + i).sub(shift).mul(scaled).intoArray(dp, dr + i);
      }
      for (int i = end; i < cols; i++) {
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
    VectorLayerNorm.forward(x, gamma, beta, eps, cols, y, stats, from, to);
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
    VectorLayerNorm.backward(x, gamma, stats, dy, cols, dx, accumulate, from, to);
  }

  @Override
  public void rmsNorm(
      float[] x, float[] gamma, float eps, float[] y, float[] inverses, int from, int to) {
    VectorRmsNorm.forward(x, gamma, eps, y, inverses, from, to);
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
    VectorRmsNorm.backward(x, gamma, inverses, dy, dx, accumulate, from, to);
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
    VectorPacking.pack(from, offset, next, step, count, depth, to, at, width);
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
    int j = 0;
    for (; j + 4 <= count; j += 4) {
      VectorAttention.fourDots(q, qo, k, ko + j * stride, stride, size, scale, p, j);
    }
    for (; j < count; j++) {
      p[j] = scale * dot(q, qo, k, ko + j * stride, size);
    }
  }

  @Override
  public void weigh(
      float[] p, float[] v, int vo, int stride, int count, int size, float[] y, int yo) {
    int i = 0;
    for (; i + VectorAttention.WIDE <= size; i += VectorAttention.WIDE) {
      VectorAttention.weighWide(p, v, vo + i, stride, count, y, yo + i);
    }
    tail.weigh(p, v, vo + i, stride, count, size - i, y, yo + i);
  }

  @Override
  public float dot(float[] a, int ao, float[] b, int bo, int count) {
    FloatVector s0 = FloatVector.zero(S);
    FloatVector s1 = s0;
    FloatVector s2 = s0;
    FloatVector s3 = s0;
    int i = 0;
    for (; i + 4 * L <= count; i += 4 * L) {
      s0 = fma(a, ao + i, b, bo + i, s0);
      s1 = fma(a, ao + i + L, b, bo + i + L, s1);
      s2 = fma(a, ao + i + 2 * L, b, bo + i + 2 * L, s2);
      s3 = fma(a, ao + i + 3 * L, b, bo + i + 3 * L, s3);
    }
    for (; i + L <= count; i += L) {
      s0 = fma(a, ao + i, b, bo + i, s0);
    }
    return VectorMath.sum(s0.add(s1).add(s2.add(s3))) + tail.dot(a, ao + i, b, bo + i, count - i);
  }

  private static FloatVector fma(float[] a, int ao, float[] b, int bo, FloatVector sum) {
    return FloatVector.fromArray(S, a, ao).fma(FloatVector.fromArray(S, b, bo), sum);
  }
}
