package io.github.lora4j.compute;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/**
 * Four rows by two vectors, for processors with 16 vector registers: eight accumulators, and with
 * two vectors of weights and four values of the rows no more than the sixteen registers of AVX2, in
 * whatever order the JIT loads them. Taller tiles run at half the speed as soon as it loads all
 * rows first, which depends on the garbage collector.
 */
final class FourRowKernel implements MicroKernel {
  private static final VectorSpecies<Float> S = VectorWidth.FLOATS;
  private static final int L = S.length();
  private static final int ROWS = 4;
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
    // Two running indices: computed from a common one, they cost Java 17 a tenth of the speed.
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
    }
    a0.intoArray(c, co);
    a1.intoArray(c, co + L);
    b0.intoArray(c, co + ldc);
    b1.intoArray(c, co + ldc + L);
    c0.intoArray(c, co + 2 * ldc);
    c1.intoArray(c, co + 2 * ldc + L);
    d0.intoArray(c, co + 3 * ldc);
    d1.intoArray(c, co + 3 * ldc + L);
  }
}
