package io.github.lora4j.compute;

import io.github.lora4j.tensor.FewRows;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/**
 * Products of {@link CodeStrips} with a few rows of x, both halves of a strip at a time. The loops
 * call only the Vector API, for the reason that {@link BlockProducts} gives.
 */
final class WideStripProducts {
  private static final VectorSpecies<Integer> INTS = IntVector.SPECIES_512;
  private static final VectorSpecies<Float> FLOATS = FloatVector.SPECIES_512;

  private WideStripProducts() {}

  /** One row of x times 4-bit codes, without offsets. */
  static void oneNibbles(CodeStrips w, int strip, FewRows rows, int row, float[] sums) {
    IntVector values = FloatVector.fromArray(FLOATS, w.table(), 0).reinterpretAsInts();
    int[] codes = w.codes();
    float[] scales = w.scales();
    int begin = w.code(strip, 0);
    int firstScale = w.scale(strip, 0);
    int blockBits = w.blockBits();
    float[] x = rows.x();
    int xo = rows.from(row);
    int in = w.in();
    FloatVector sum0 = FloatVector.zero(FLOATS);
    FloatVector sum1 = FloatVector.zero(FLOATS);
    // Scaled after eight columns, whatever the size of a block: a loop within the loop costs more.
    for (int c = 0; c < in; c += 8) {
      IntVector a = IntVector.fromArray(INTS, codes, begin + 4 * c);
      IntVector b = IntVector.fromArray(INTS, codes, begin + 4 * c + 16);
      FloatVector v = FloatVector.broadcast(FLOATS, x[xo + c]);
      FloatVector p0 = a.and(15).selectFrom(values).reinterpretAsFloats().mul(v);
      FloatVector q0 = b.and(15).selectFrom(values).reinterpretAsFloats().mul(v);
      v = FloatVector.broadcast(FLOATS, x[xo + c + 1]);
      FloatVector p1 =
          a.lanewise(VectorOperators.LSHR, 4)
              .and(15)
              .selectFrom(values)
              .reinterpretAsFloats()
              .mul(v);
      FloatVector q1 =
          b.lanewise(VectorOperators.LSHR, 4)
              .and(15)
              .selectFrom(values)
              .reinterpretAsFloats()
              .mul(v);
      v = FloatVector.broadcast(FLOATS, x[xo + c + 2]);
      p0 =
          a.lanewise(VectorOperators.LSHR, 8)
              .and(15)
              .selectFrom(values)
              .reinterpretAsFloats()
              .fma(v, p0);
      q0 =
          b.lanewise(VectorOperators.LSHR, 8)
              .and(15)
              .selectFrom(values)
              .reinterpretAsFloats()
              .fma(v, q0);
      v = FloatVector.broadcast(FLOATS, x[xo + c + 3]);
      p1 =
          a.lanewise(VectorOperators.LSHR, 12)
              .and(15)
              .selectFrom(values)
              .reinterpretAsFloats()
              .fma(v, p1);
      q1 =
          b.lanewise(VectorOperators.LSHR, 12)
              .and(15)
              .selectFrom(values)
              .reinterpretAsFloats()
              .fma(v, q1);
      v = FloatVector.broadcast(FLOATS, x[xo + c + 4]);
      p0 =
          a.lanewise(VectorOperators.LSHR, 16)
              .and(15)
              .selectFrom(values)
              .reinterpretAsFloats()
              .fma(v, p0);
      q0 =
          b.lanewise(VectorOperators.LSHR, 16)
              .and(15)
              .selectFrom(values)
              .reinterpretAsFloats()
              .fma(v, q0);
      v = FloatVector.broadcast(FLOATS, x[xo + c + 5]);
      p1 =
          a.lanewise(VectorOperators.LSHR, 20)
              .and(15)
              .selectFrom(values)
              .reinterpretAsFloats()
              .fma(v, p1);
      q1 =
          b.lanewise(VectorOperators.LSHR, 20)
              .and(15)
              .selectFrom(values)
              .reinterpretAsFloats()
              .fma(v, q1);
      v = FloatVector.broadcast(FLOATS, x[xo + c + 6]);
      p0 =
          a.lanewise(VectorOperators.LSHR, 24)
              .and(15)
              .selectFrom(values)
              .reinterpretAsFloats()
              .fma(v, p0);
      q0 =
          b.lanewise(VectorOperators.LSHR, 24)
              .and(15)
              .selectFrom(values)
              .reinterpretAsFloats()
              .fma(v, q0);
      v = FloatVector.broadcast(FLOATS, x[xo + c + 7]);
      p1 =
          a.lanewise(VectorOperators.LSHR, 28)
              .and(15)
              .selectFrom(values)
              .reinterpretAsFloats()
              .fma(v, p1);
      q1 =
          b.lanewise(VectorOperators.LSHR, 28)
              .and(15)
              .selectFrom(values)
              .reinterpretAsFloats()
              .fma(v, q1);
      int scale = firstScale + (c >> blockBits) * 32;
      sum0 = FloatVector.fromArray(FLOATS, scales, scale).fma(p0.add(p1), sum0);
      sum1 = FloatVector.fromArray(FLOATS, scales, scale + 16).fma(q0.add(q1), sum1);
    }
    sum0.intoArray(sums, 32 * row);
    sum1.intoArray(sums, 32 * row + 16);
  }

  /** One row of x times 8-bit codes, without offsets. */
  static void oneBytes(CodeStrips w, int strip, FewRows rows, int row, float[] sums) {
    int[] codes = w.codes();
    float[] scales = w.scales();
    int begin = w.code(strip, 0);
    int firstScale = w.scale(strip, 0);
    int blockBits = w.blockBits();
    float[] x = rows.x();
    int xo = rows.from(row);
    int in = w.in();
    FloatVector sum0 = FloatVector.zero(FLOATS);
    FloatVector sum1 = FloatVector.zero(FLOATS);
    // Scaled after eight columns, whatever the size of a block: a loop within the loop costs more.
    for (int c = 0; c < in; c += 8) {
      IntVector a = IntVector.fromArray(INTS, codes, begin + 8 * c);
      IntVector b = IntVector.fromArray(INTS, codes, begin + 8 * c + 16);
      FloatVector v = FloatVector.broadcast(FLOATS, x[xo + c]);
      FloatVector p0 =
          ((FloatVector)
                  a.lanewise(VectorOperators.LSHL, 24)
                      .lanewise(VectorOperators.ASHR, 24)
                      .convertShape(VectorOperators.I2F, FLOATS, 0))
              .mul(v);
      FloatVector q0 =
          ((FloatVector)
                  b.lanewise(VectorOperators.LSHL, 24)
                      .lanewise(VectorOperators.ASHR, 24)
                      .convertShape(VectorOperators.I2F, FLOATS, 0))
              .mul(v);
      v = FloatVector.broadcast(FLOATS, x[xo + c + 1]);
      FloatVector p1 =
          ((FloatVector)
                  a.lanewise(VectorOperators.LSHL, 16)
                      .lanewise(VectorOperators.ASHR, 24)
                      .convertShape(VectorOperators.I2F, FLOATS, 0))
              .mul(v);
      FloatVector q1 =
          ((FloatVector)
                  b.lanewise(VectorOperators.LSHL, 16)
                      .lanewise(VectorOperators.ASHR, 24)
                      .convertShape(VectorOperators.I2F, FLOATS, 0))
              .mul(v);
      v = FloatVector.broadcast(FLOATS, x[xo + c + 2]);
      p0 =
          ((FloatVector)
                  a.lanewise(VectorOperators.LSHL, 8)
                      .lanewise(VectorOperators.ASHR, 24)
                      .convertShape(VectorOperators.I2F, FLOATS, 0))
              .fma(v, p0);
      q0 =
          ((FloatVector)
                  b.lanewise(VectorOperators.LSHL, 8)
                      .lanewise(VectorOperators.ASHR, 24)
                      .convertShape(VectorOperators.I2F, FLOATS, 0))
              .fma(v, q0);
      v = FloatVector.broadcast(FLOATS, x[xo + c + 3]);
      p1 =
          ((FloatVector)
                  a.lanewise(VectorOperators.ASHR, 24).convertShape(VectorOperators.I2F, FLOATS, 0))
              .fma(v, p1);
      q1 =
          ((FloatVector)
                  b.lanewise(VectorOperators.ASHR, 24).convertShape(VectorOperators.I2F, FLOATS, 0))
              .fma(v, q1);
      a = IntVector.fromArray(INTS, codes, begin + 8 * c + 32);
      b = IntVector.fromArray(INTS, codes, begin + 8 * c + 48);
      v = FloatVector.broadcast(FLOATS, x[xo + c + 4]);
      p0 =
          ((FloatVector)
                  a.lanewise(VectorOperators.LSHL, 24)
                      .lanewise(VectorOperators.ASHR, 24)
                      .convertShape(VectorOperators.I2F, FLOATS, 0))
              .fma(v, p0);
      q0 =
          ((FloatVector)
                  b.lanewise(VectorOperators.LSHL, 24)
                      .lanewise(VectorOperators.ASHR, 24)
                      .convertShape(VectorOperators.I2F, FLOATS, 0))
              .fma(v, q0);
      v = FloatVector.broadcast(FLOATS, x[xo + c + 5]);
      p1 =
          ((FloatVector)
                  a.lanewise(VectorOperators.LSHL, 16)
                      .lanewise(VectorOperators.ASHR, 24)
                      .convertShape(VectorOperators.I2F, FLOATS, 0))
              .fma(v, p1);
      q1 =
          ((FloatVector)
                  b.lanewise(VectorOperators.LSHL, 16)
                      .lanewise(VectorOperators.ASHR, 24)
                      .convertShape(VectorOperators.I2F, FLOATS, 0))
              .fma(v, q1);
      v = FloatVector.broadcast(FLOATS, x[xo + c + 6]);
      p0 =
          ((FloatVector)
                  a.lanewise(VectorOperators.LSHL, 8)
                      .lanewise(VectorOperators.ASHR, 24)
                      .convertShape(VectorOperators.I2F, FLOATS, 0))
              .fma(v, p0);
      q0 =
          ((FloatVector)
                  b.lanewise(VectorOperators.LSHL, 8)
                      .lanewise(VectorOperators.ASHR, 24)
                      .convertShape(VectorOperators.I2F, FLOATS, 0))
              .fma(v, q0);
      v = FloatVector.broadcast(FLOATS, x[xo + c + 7]);
      p1 =
          ((FloatVector)
                  a.lanewise(VectorOperators.ASHR, 24).convertShape(VectorOperators.I2F, FLOATS, 0))
              .fma(v, p1);
      q1 =
          ((FloatVector)
                  b.lanewise(VectorOperators.ASHR, 24).convertShape(VectorOperators.I2F, FLOATS, 0))
              .fma(v, q1);
      int scale = firstScale + (c >> blockBits) * 32;
      sum0 = FloatVector.fromArray(FLOATS, scales, scale).fma(p0.add(p1), sum0);
      sum1 = FloatVector.fromArray(FLOATS, scales, scale + 16).fma(q0.add(q1), sum1);
    }
    sum0.intoArray(sums, 32 * row);
    sum1.intoArray(sums, 32 * row + 16);
  }

  /** Four rows of x from {@code first} on times 4-bit codes, without offsets. */
  static void fourNibbles(CodeStrips w, int strip, FewRows rows, int first, float[] sums) {
    IntVector values = FloatVector.fromArray(FLOATS, w.table(), 0).reinterpretAsInts();
    int[] codes = w.codes();
    float[] scales = w.scales();
    int begin = w.code(strip, 0);
    int firstScale = w.scale(strip, 0);
    int blockBits = w.blockBits();
    float[] x = rows.x();
    int xA = rows.from(first);
    int xB = rows.from(first + 1);
    int xC = rows.from(first + 2);
    int xD = rows.from(first + 3);
    int in = w.in();
    FloatVector a0 = FloatVector.zero(FLOATS);
    FloatVector a1 = FloatVector.zero(FLOATS);
    FloatVector b0 = FloatVector.zero(FLOATS);
    FloatVector b1 = FloatVector.zero(FLOATS);
    FloatVector c0 = FloatVector.zero(FLOATS);
    FloatVector c1 = FloatVector.zero(FLOATS);
    FloatVector d0 = FloatVector.zero(FLOATS);
    FloatVector d1 = FloatVector.zero(FLOATS);
    for (int c = 0; c < in; c++) {
      int scale = firstScale + (c >> blockBits) * 32;
      FloatVector w0 =
          IntVector.fromArray(INTS, codes, begin + 4 * (c & -8))
              .lanewise(VectorOperators.LSHR, 4 * (c & 7))
              .and(15)
              .selectFrom(values)
              .reinterpretAsFloats()
              .mul(FloatVector.fromArray(FLOATS, scales, scale));
      FloatVector w1 =
          IntVector.fromArray(INTS, codes, begin + 4 * (c & -8) + 16)
              .lanewise(VectorOperators.LSHR, 4 * (c & 7))
              .and(15)
              .selectFrom(values)
              .reinterpretAsFloats()
              .mul(FloatVector.fromArray(FLOATS, scales, scale + 16));
      FloatVector v = FloatVector.broadcast(FLOATS, x[xA + c]);
      a0 = v.fma(w0, a0);
      a1 = v.fma(w1, a1);
      v = FloatVector.broadcast(FLOATS, x[xB + c]);
      b0 = v.fma(w0, b0);
      b1 = v.fma(w1, b1);
      v = FloatVector.broadcast(FLOATS, x[xC + c]);
      c0 = v.fma(w0, c0);
      c1 = v.fma(w1, c1);
      v = FloatVector.broadcast(FLOATS, x[xD + c]);
      d0 = v.fma(w0, d0);
      d1 = v.fma(w1, d1);
    }
    int to = 32 * first;
    a0.intoArray(sums, to);
    a1.intoArray(sums, to + 16);
    b0.intoArray(sums, to + 32);
    b1.intoArray(sums, to + 48);
    c0.intoArray(sums, to + 64);
    c1.intoArray(sums, to + 80);
    d0.intoArray(sums, to + 96);
    d1.intoArray(sums, to + 112);
  }

  /** Four rows of x from {@code first} on times 8-bit codes, without offsets. */
  static void fourBytes(CodeStrips w, int strip, FewRows rows, int first, float[] sums) {
    int[] codes = w.codes();
    float[] scales = w.scales();
    int begin = w.code(strip, 0);
    int firstScale = w.scale(strip, 0);
    int blockBits = w.blockBits();
    float[] x = rows.x();
    int xA = rows.from(first);
    int xB = rows.from(first + 1);
    int xC = rows.from(first + 2);
    int xD = rows.from(first + 3);
    int in = w.in();
    FloatVector a0 = FloatVector.zero(FLOATS);
    FloatVector a1 = FloatVector.zero(FLOATS);
    FloatVector b0 = FloatVector.zero(FLOATS);
    FloatVector b1 = FloatVector.zero(FLOATS);
    FloatVector c0 = FloatVector.zero(FLOATS);
    FloatVector c1 = FloatVector.zero(FLOATS);
    FloatVector d0 = FloatVector.zero(FLOATS);
    FloatVector d1 = FloatVector.zero(FLOATS);
    for (int c = 0; c < in; c++) {
      int scale = firstScale + (c >> blockBits) * 32;
      FloatVector w0 =
          ((FloatVector)
                  IntVector.fromArray(INTS, codes, begin + 8 * (c & -4))
                      .lanewise(VectorOperators.LSHL, 24 - 8 * (c & 3))
                      .lanewise(VectorOperators.ASHR, 24)
                      .convertShape(VectorOperators.I2F, FLOATS, 0))
              .mul(FloatVector.fromArray(FLOATS, scales, scale));
      FloatVector w1 =
          ((FloatVector)
                  IntVector.fromArray(INTS, codes, begin + 8 * (c & -4) + 16)
                      .lanewise(VectorOperators.LSHL, 24 - 8 * (c & 3))
                      .lanewise(VectorOperators.ASHR, 24)
                      .convertShape(VectorOperators.I2F, FLOATS, 0))
              .mul(FloatVector.fromArray(FLOATS, scales, scale + 16));
      FloatVector v = FloatVector.broadcast(FLOATS, x[xA + c]);
      a0 = v.fma(w0, a0);
      a1 = v.fma(w1, a1);
      v = FloatVector.broadcast(FLOATS, x[xB + c]);
      b0 = v.fma(w0, b0);
      b1 = v.fma(w1, b1);
      v = FloatVector.broadcast(FLOATS, x[xC + c]);
      c0 = v.fma(w0, c0);
      c1 = v.fma(w1, c1);
      v = FloatVector.broadcast(FLOATS, x[xD + c]);
      d0 = v.fma(w0, d0);
      d1 = v.fma(w1, d1);
    }
    int to = 32 * first;
    a0.intoArray(sums, to);
    a1.intoArray(sums, to + 16);
    b0.intoArray(sums, to + 32);
    b1.intoArray(sums, to + 48);
    c0.intoArray(sums, to + 64);
    c1.intoArray(sums, to + 80);
    d0.intoArray(sums, to + 96);
    d1.intoArray(sums, to + 112);
  }

  /** Adds what offsets make of a row of x. */
  static void addOffsets(CodeStrips w, int strip, int row, float[] sumsOfX, float[] sums) {
    float[] offsets = w.offsets();
    int blocks = w.in() >> w.blockBits();
    int from = w.scale(strip, 0);
    int to = 32 * row;
    FloatVector sum0 = FloatVector.fromArray(FLOATS, sums, to);
    FloatVector sum1 = FloatVector.fromArray(FLOATS, sums, to + 16);
    for (int b = 0; b < blocks; b++) {
      FloatVector v = FloatVector.broadcast(FLOATS, sumsOfX[row * blocks + b]);
      sum0 = FloatVector.fromArray(FLOATS, offsets, from + 32 * b).fma(v, sum0);
      sum1 = FloatVector.fromArray(FLOATS, offsets, from + 32 * b + 16).fma(v, sum1);
    }
    sum0.intoArray(sums, to);
    sum1.intoArray(sums, to + 16);
  }
}
