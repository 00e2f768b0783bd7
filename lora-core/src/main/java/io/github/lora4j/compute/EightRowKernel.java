package io.github.lora4j.compute;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/**
 * Eight rows by two vectors, for processors with 32 vector registers: sixteen accumulators, two
 * vectors of weights and eight values of the rows fit in whatever order the JIT loads them. A panel
 * of weights, which is too large for the first-level cache, is read half as often as by {@link
 * FourRowKernel}, and twice as many independent sums keep two multiply-add units busy. Twelve rows
 * are a tenth faster, but with some garbage collectors the JIT loads all of them first and runs out
 * of registers.
 */
final class EightRowKernel implements MicroKernel {
  private static final VectorSpecies<Float> S = VectorWidth.FLOATS;
  private static final int L = S.length();
  private static final int ROWS = 8;
  private static final int WIDTH = 2 * L;

  @Override
  public int rows() {
    return ROWS;
  }

  @Override
  public int width() {
    return WIDTH;
  }

  @Override
  public void tile(
      float[] a,
      int ao,
      float[] p,
      int po,
      int ldp,
      int depth,
      float[] c,
      int co,
      int ldc,
      float[] init,
      int io,
      int ldi) {
    FloatVector a0 = FloatVector.fromArray(S, init, io);
    FloatVector a1 = FloatVector.fromArray(S, init, io + L);
    FloatVector b0 = FloatVector.fromArray(S, init, io + ldi);
    FloatVector b1 = FloatVector.fromArray(S, init, io + ldi + L);
    FloatVector c0 = FloatVector.fromArray(S, init, io + 2 * ldi);
    FloatVector c1 = FloatVector.fromArray(S, init, io + 2 * ldi + L);
    FloatVector d0 = FloatVector.fromArray(S, init, io + 3 * ldi);
    FloatVector d1 = FloatVector.fromArray(S, init, io + 3 * ldi + L);
    FloatVector e0 = FloatVector.fromArray(S, init, io + 4 * ldi);
    FloatVector e1 = FloatVector.fromArray(S, init, io + 4 * ldi + L);
    FloatVector f0 = FloatVector.fromArray(S, init, io + 5 * ldi);
    FloatVector f1 = FloatVector.fromArray(S, init, io + 5 * ldi + L);
    FloatVector g0 = FloatVector.fromArray(S, init, io + 6 * ldi);
    FloatVector g1 = FloatVector.fromArray(S, init, io + 6 * ldi + L);
    FloatVector h0 = FloatVector.fromArray(S, init, io + 7 * ldi);
    FloatVector h1 = FloatVector.fromArray(S, init, io + 7 * ldi + L);
    // Two running indices, as in FourRowKernel.
    int row = ao;
    int end = po + depth * ldp;
    for (int w = po; w < end; w += ldp, row += ROWS) {
      FloatVector w0 = FloatVector.fromArray(S, p, w);
      FloatVector w1 = FloatVector.fromArray(S, p, w + L);
      FloatVector v = FloatVector.broadcast(S, a[row]);
      a0 = v.fma(w0, a0);
      a1 = v.fma(w1, a1);
      v = FloatVector.broadcast(S, a[row + 1]);
      b0 = v.fma(w0, b0);
      b1 = v.fma(w1, b1);
      v = FloatVector.broadcast(S, a[row + 2]);
      c0 = v.fma(w0, c0);
      c1 = v.fma(w1, c1);
      v = FloatVector.broadcast(S, a[row + 3]);
      d0 = v.fma(w0, d0);
      d1 = v.fma(w1, d1);
      v = FloatVector.broadcast(S, a[row + 4]);
      e0 = v.fma(w0, e0);
      e1 = v.fma(w1, e1);
      v = FloatVector.broadcast(S, a[row + 5]);
      f0 = v.fma(w0, f0);
      f1 = v.fma(w1, f1);
      v = FloatVector.broadcast(S, a[row + 6]);
      g0 = v.fma(w0, g0);
      g1 = v.fma(w1, g1);
      v = FloatVector.broadcast(S, a[row + 7]);
      h0 = v.fma(w0, h0);
      h1 = v.fma(w1, h1);
    }
    a0.intoArray(c, co);
    a1.intoArray(c, co + L);
    b0.intoArray(c, co + ldc);
    b1.intoArray(c, co + ldc + L);
    c0.intoArray(c, co + 2 * ldc);
    c1.intoArray(c, co + 2 * ldc + L);
    d0.intoArray(c, co + 3 * ldc);
    d1.intoArray(c, co + 3 * ldc + L);
    e0.intoArray(c, co + 4 * ldc);
    e1.intoArray(c, co + 4 * ldc + L);
    f0.intoArray(c, co + 5 * ldc);
    f1.intoArray(c, co + 5 * ldc + L);
    g0.intoArray(c, co + 6 * ldc);
    g1.intoArray(c, co + 6 * ldc + L);
    h0.intoArray(c, co + 7 * ldc);
    h1.intoArray(c, co + 7 * ldc + L);
  }
}
