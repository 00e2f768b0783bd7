package io.github.lora4j.compute;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorShuffle;
import jdk.incubator.vector.VectorSpecies;

/** The functions of {@link ScalarMath} for a whole vector. */
final class VectorMath {
  static final VectorSpecies<Float> S = VectorWidth.FLOATS;
  private static final int L = S.length();
  private static final VectorShuffle<Float> BY_8 = rotation(8);
  private static final VectorShuffle<Float> BY_4 = rotation(4);
  private static final VectorShuffle<Float> BY_2 = rotation(2);
  private static final VectorShuffle<Float> BY_1 = rotation(1);

  private VectorMath() {}

  /** {@code e} to each lane, 0 below {@link ScalarMath#EXP_MIN}. */
  static FloatVector exp(FloatVector x) {
    VectorMask<Float> tiny = x.compare(VectorOperators.LT, ScalarMath.EXP_MIN);
    FloatVector clamped = atMost(x.blend(ScalarMath.EXP_MIN, tiny), ScalarMath.EXP_MAX);
    FloatVector round = FloatVector.broadcast(S, ScalarMath.ROUND);
    FloatVector shifted = clamped.fma(FloatVector.broadcast(S, ScalarMath.LOG2_E), round);
    FloatVector n = shifted.sub(round);
    FloatVector r = n.fma(FloatVector.broadcast(S, -ScalarMath.LN2_HIGH), clamped);
    r = n.fma(FloatVector.broadcast(S, -ScalarMath.LN2_LOW), r);
    FloatVector p = FloatVector.broadcast(S, 1.9875691500e-4f);
    p = p.fma(r, FloatVector.broadcast(S, 1.3981999507e-3f));
    p = p.fma(r, FloatVector.broadcast(S, 8.3334519073e-3f));
    p = p.fma(r, FloatVector.broadcast(S, 4.1665795894e-2f));
    p = p.fma(r, FloatVector.broadcast(S, 1.6666665459e-1f));
    p = p.fma(r, FloatVector.broadcast(S, 5.0000001201e-1f));
    p = p.fma(r.mul(r), r).add(1f);
    IntVector power =
        shifted.reinterpretAsInts().lanewise(VectorOperators.LSHL, 23).add(0x3f800000);
    return p.mul(power.reinterpretAsFloats()).blend(0f, tiny);
  }

  private static FloatVector atMost(FloatVector x, float limit) {
    return x.blend(limit, x.compare(VectorOperators.GT, limit));
  }

  private static FloatVector atLeast(FloatVector x, float limit) {
    return x.blend(limit, x.compare(VectorOperators.LT, limit));
  }

  static FloatVector erf(FloatVector x) {
    FloatVector c = atMost(atLeast(x, -4f), 4f);
    FloatVector s = c.mul(c);
    FloatVector p = FloatVector.broadcast(S, -2.72614225801306e-10f);
    p = p.fma(s, FloatVector.broadcast(S, 2.77068142495902e-08f));
    p = p.fma(s, FloatVector.broadcast(S, -2.10102402082508e-06f));
    p = p.fma(s, FloatVector.broadcast(S, -5.69250639462346e-05f));
    p = p.fma(s, FloatVector.broadcast(S, -7.34990630326855e-04f));
    p = p.fma(s, FloatVector.broadcast(S, -2.95459980854025e-03f));
    p = p.fma(s, FloatVector.broadcast(S, -1.60960333262415e-02f));
    FloatVector q = FloatVector.broadcast(S, -1.45660718464996e-05f);
    q = q.fma(s, FloatVector.broadcast(S, -2.13374055278905e-04f));
    q = q.fma(s, FloatVector.broadcast(S, -1.68282697438203e-03f));
    q = q.fma(s, FloatVector.broadcast(S, -7.37332916720468e-03f));
    q = q.fma(s, FloatVector.broadcast(S, -1.42647390514189e-02f));
    return c.mul(p).div(q);
  }

  /** {@code 0.5 * (1 + erf(x / sqrt 2))}. */
  static FloatVector normalCdf(FloatVector x) {
    return erf(x.mul(ScalarMath.SQRT_HALF)).add(1f).mul(0.5f);
  }

  static FloatVector sigmoid(FloatVector x) {
    return FloatVector.broadcast(S, 1f).div(exp(x.neg()).add(1f));
  }

  static FloatVector tanh(FloatVector x) {
    FloatVector one = FloatVector.broadcast(S, 1f);
    return one.sub(FloatVector.broadcast(S, 2f).div(exp(x.add(x)).add(1f)));
  }

  /** The argument of the hyperbolic tangent in the approximation of GELU. */
  static FloatVector geluTanhArgument(FloatVector x) {
    FloatVector one = FloatVector.broadcast(S, 1f);
    return x.mul(x).mul(ScalarMath.GELU_CUBIC).add(one).mul(x).mul(ScalarMath.SQRT_2_OVER_PI);
  }

  /**
   * The sum of the lanes, in an order of its own: that of {@code reduceLanes} is not specified and
   * changes when the JVM compiles a method, so a run could not be repeated bit for bit.
   */
  static float sum(FloatVector x) {
    FloatVector sums = x;
    if (L > 16) {
      return sumInArray(x);
    }
    if (L == 16) {
      sums = sums.add(sums.rearrange(BY_8));
    }
    if (L >= 8) {
      sums = sums.add(sums.rearrange(BY_4));
    }
    if (L >= 4) {
      sums = sums.add(sums.rearrange(BY_2));
    }
    if (L >= 2) {
      sums = sums.add(sums.rearrange(BY_1));
    }
    return sums.lane(0);
  }

  private static float sumInArray(FloatVector x) {
    float sum = 0f;
    for (float lane : x.toArray()) {
      sum += lane;
    }
    return sum;
  }

  private static VectorShuffle<Float> rotation(int by) {
    return VectorShuffle.iota(S, by % L, 1, true);
  }
}
