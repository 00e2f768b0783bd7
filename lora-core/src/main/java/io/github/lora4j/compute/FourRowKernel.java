package io.github.lora4j.compute;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/**
 * Four rows by two vectors: eight accumulators, the fewest that keep two multiply-add units busy.
 * With sixteen registers, older compilers spill more than that to the stack.
 */
final class FourRowKernel implements MicroKernel {
  private static final VectorSpecies<Float> S = FloatVector.SPECIES_PREFERRED;
  private static final int L = S.length();
  private static final int WIDTH = 2 * L;

  @Override
  public int rows() {
    return 4;
  }

  @Override
  public int width() {
    return WIDTH;
  }

  @Override
  public void tile(
      float[] x,
      int x0,
      int ldx,
      int rows,
      float[] p,
      int po,
      int depth,
      float[] c,
      int co,
      int ldc,
      float[] init,
      int io,
      int ldi) {
    int x1 = x0 + (rows > 1 ? ldx : 0);
    int x2 = x1 + (rows > 2 ? ldx : 0);
    int x3 = x2 + (rows > 3 ? ldx : 0);
    FloatVector a0 = FloatVector.fromArray(S, init, io);
    FloatVector a1 = FloatVector.fromArray(S, init, io + L);
    FloatVector b0 = FloatVector.fromArray(S, init, io + ldi);
    FloatVector b1 = FloatVector.fromArray(S, init, io + ldi + L);
    FloatVector c0 = FloatVector.fromArray(S, init, io + 2 * ldi);
    FloatVector c1 = FloatVector.fromArray(S, init, io + 2 * ldi + L);
    FloatVector d0 = FloatVector.fromArray(S, init, io + 3 * ldi);
    FloatVector d1 = FloatVector.fromArray(S, init, io + 3 * ldi + L);
    for (int k = 0; k < depth; k++) {
      FloatVector w0 = FloatVector.fromArray(S, p, po + k * WIDTH);
      FloatVector w1 = FloatVector.fromArray(S, p, po + k * WIDTH + L);
      FloatVector v = FloatVector.broadcast(S, x[x0 + k]);
      a0 = v.fma(w0, a0);
      a1 = v.fma(w1, a1);
      v = FloatVector.broadcast(S, x[x1 + k]);
      b0 = v.fma(w0, b0);
      b1 = v.fma(w1, b1);
      v = FloatVector.broadcast(S, x[x2 + k]);
      c0 = v.fma(w0, c0);
      c1 = v.fma(w1, c1);
      v = FloatVector.broadcast(S, x[x3 + k]);
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

  @Override
  public void copyColumns(float[] panel, int po, int cols, float[] to, int offset, int stride) {
    for (int c = 0; c < cols; c++) {
      int from = po + c * WIDTH;
      int at = offset + c * stride;
      FloatVector.fromArray(S, panel, from).intoArray(to, at);
      FloatVector.fromArray(S, panel, from + L).intoArray(to, at + L);
    }
  }
}
