package io.github.lora4j.compute;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/** Attention of one query: products with keys, and the weighted sum of values. */
final class VectorAttention {
  private static final VectorSpecies<Float> S = VectorWidth.FLOATS;
  private static final int L = S.length();

  /** Elements of values whose sums are kept in registers. */
  static final int WIDE = 4 * L;

  private VectorAttention() {}

  /** Four products, which share what is loaded of the query. */
  static void fourDots(
      float[] q, int qo, float[] k, int ko, int stride, int size, float scale, float[] p, int to) {
    int k1 = ko + stride;
    int k2 = k1 + stride;
    int k3 = k2 + stride;
    FloatVector s0 = FloatVector.zero(S);
    FloatVector s1 = s0;
    FloatVector s2 = s0;
    FloatVector s3 = s0;
    int i = 0;
    for (; i + L <= size; i += L) {
      FloatVector x = FloatVector.fromArray(S, q, qo + i);
      s0 = x.fma(FloatVector.fromArray(S, k, ko + i), s0);
      s1 = x.fma(FloatVector.fromArray(S, k, k1 + i), s1);
      s2 = x.fma(FloatVector.fromArray(S, k, k2 + i), s2);
      s3 = x.fma(FloatVector.fromArray(S, k, k3 + i), s3);
    }
    float d0 = VectorMath.sum(s0);
    float d1 = VectorMath.sum(s1);
    float d2 = VectorMath.sum(s2);
    float d3 = VectorMath.sum(s3);
    for (; i < size; i++) {
      d0 += q[qo + i] * k[ko + i];
      d1 += q[qo + i] * k[k1 + i];
      d2 += q[qo + i] * k[k2 + i];
      d3 += q[qo + i] * k[k3 + i];
    }
    p[to] = scale * d0;
    p[to + 1] = scale * d1;
    p[to + 2] = scale * d2;
    p[to + 3] = scale * d3;
  }

  /** {@link #WIDE} elements of a weighted sum. */
  static void weighWide(float[] p, float[] v, int vo, int stride, int count, float[] y, int yo) {
    FloatVector s0 = FloatVector.zero(S);
    FloatVector s1 = s0;
    FloatVector s2 = s0;
    FloatVector s3 = s0;
    int at = vo;
    for (int j = 0; j < count; j++, at += stride) {
      FloatVector weight = FloatVector.broadcast(S, p[j]);
      s0 = weight.fma(FloatVector.fromArray(S, v, at), s0);
      s1 = weight.fma(FloatVector.fromArray(S, v, at + L), s1);
      s2 = weight.fma(FloatVector.fromArray(S, v, at + 2 * L), s2);
      s3 = weight.fma(FloatVector.fromArray(S, v, at + 3 * L), s3);
    }
    s0.intoArray(y, yo);
    s1.intoArray(y, yo + L);
    s2.intoArray(y, yo + 2 * L);
    s3.intoArray(y, yo + 3 * L);
  }
}
