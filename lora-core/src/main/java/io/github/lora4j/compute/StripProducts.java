package io.github.lora4j.compute;

import io.github.lora4j.tensor.FewRows;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/**
 * As {@link WideStripProducts}, in registers of eight floats, for evenly spaced numbers, and half a
 * strip at a time: with more in a loop, Java 17 keeps vectors as objects.
 */
final class StripProducts {
  private static final VectorSpecies<Integer> INTS = IntVector.SPECIES_256;
  private static final VectorSpecies<Float> FLOATS = FloatVector.SPECIES_256;

  private StripProducts() {}

  /** One row of x times 4-bit codes, without offsets. */
  static void oneNibbles(CodeStrips w, int strip, FewRows rows, int row, float[] sums) {
    FloatVector number = FloatVector.broadcast(FLOATS, w.table()[0]);
    int[] codes = w.codes();
    float[] scales = w.scales();
    int blockBits = w.blockBits();
    float[] x = rows.x();
    int xo = rows.from(row);
    int in = w.in();
    for (int half = 0; half < 32; half += 16) {
      int begin = w.code(strip, 0) + half;
      int firstScale = w.scale(strip, 0) + half;
      FloatVector sum0 = FloatVector.zero(FLOATS);
      FloatVector sum1 = FloatVector.zero(FLOATS);
      for (int c = 0; c < in; c += 8) {
        IntVector a = IntVector.fromArray(INTS, codes, begin + 4 * c);
        IntVector b = IntVector.fromArray(INTS, codes, begin + 4 * c + 8);
        FloatVector v = FloatVector.broadcast(FLOATS, x[xo + c]);
        FloatVector p =
            ((FloatVector) a.and(15).convertShape(VectorOperators.I2F, FLOATS, 0))
                .add(number)
                .mul(v);
        FloatVector q =
            ((FloatVector) b.and(15).convertShape(VectorOperators.I2F, FLOATS, 0))
                .add(number)
                .mul(v);
        v = FloatVector.broadcast(FLOATS, x[xo + c + 1]);
        p =
            ((FloatVector)
                    a.lanewise(VectorOperators.LSHR, 4)
                        .and(15)
                        .convertShape(VectorOperators.I2F, FLOATS, 0))
                .add(number)
                .fma(v, p);
        q =
            ((FloatVector)
                    b.lanewise(VectorOperators.LSHR, 4)
                        .and(15)
                        .convertShape(VectorOperators.I2F, FLOATS, 0))
                .add(number)
                .fma(v, q);
        v = FloatVector.broadcast(FLOATS, x[xo + c + 2]);
        p =
            ((FloatVector)
                    a.lanewise(VectorOperators.LSHR, 8)
                        .and(15)
                        .convertShape(VectorOperators.I2F, FLOATS, 0))
                .add(number)
                .fma(v, p);
        q =
            ((FloatVector)
                    b.lanewise(VectorOperators.LSHR, 8)
                        .and(15)
                        .convertShape(VectorOperators.I2F, FLOATS, 0))
                .add(number)
                .fma(v, q);
        v = FloatVector.broadcast(FLOATS, x[xo + c + 3]);
        p =
            ((FloatVector)
                    a.lanewise(VectorOperators.LSHR, 12)
                        .and(15)
                        .convertShape(VectorOperators.I2F, FLOATS, 0))
                .add(number)
                .fma(v, p);
        q =
            ((FloatVector)
                    b.lanewise(VectorOperators.LSHR, 12)
                        .and(15)
                        .convertShape(VectorOperators.I2F, FLOATS, 0))
                .add(number)
                .fma(v, q);
        v = FloatVector.broadcast(FLOATS, x[xo + c + 4]);
        p =
            ((FloatVector)
                    a.lanewise(VectorOperators.LSHR, 16)
                        .and(15)
                        .convertShape(VectorOperators.I2F, FLOATS, 0))
                .add(number)
                .fma(v, p);
        q =
            ((FloatVector)
                    b.lanewise(VectorOperators.LSHR, 16)
                        .and(15)
                        .convertShape(VectorOperators.I2F, FLOATS, 0))
                .add(number)
                .fma(v, q);
        v = FloatVector.broadcast(FLOATS, x[xo + c + 5]);
        p =
            ((FloatVector)
                    a.lanewise(VectorOperators.LSHR, 20)
                        .and(15)
                        .convertShape(VectorOperators.I2F, FLOATS, 0))
                .add(number)
                .fma(v, p);
        q =
            ((FloatVector)
                    b.lanewise(VectorOperators.LSHR, 20)
                        .and(15)
                        .convertShape(VectorOperators.I2F, FLOATS, 0))
                .add(number)
                .fma(v, q);
        v = FloatVector.broadcast(FLOATS, x[xo + c + 6]);
        p =
            ((FloatVector)
                    a.lanewise(VectorOperators.LSHR, 24)
                        .and(15)
                        .convertShape(VectorOperators.I2F, FLOATS, 0))
                .add(number)
                .fma(v, p);
        q =
            ((FloatVector)
                    b.lanewise(VectorOperators.LSHR, 24)
                        .and(15)
                        .convertShape(VectorOperators.I2F, FLOATS, 0))
                .add(number)
                .fma(v, q);
        v = FloatVector.broadcast(FLOATS, x[xo + c + 7]);
        p =
            ((FloatVector)
                    a.lanewise(VectorOperators.LSHR, 28)
                        .and(15)
                        .convertShape(VectorOperators.I2F, FLOATS, 0))
                .add(number)
                .fma(v, p);
        q =
            ((FloatVector)
                    b.lanewise(VectorOperators.LSHR, 28)
                        .and(15)
                        .convertShape(VectorOperators.I2F, FLOATS, 0))
                .add(number)
                .fma(v, q);
        int scale = firstScale + (c >> blockBits) * 32;
        sum0 = FloatVector.fromArray(FLOATS, scales, scale).fma(p, sum0);
        sum1 = FloatVector.fromArray(FLOATS, scales, scale + 8).fma(q, sum1);
      }
      sum0.intoArray(sums, 32 * row + half);
      sum1.intoArray(sums, 32 * row + half + 8);
    }
  }

  /** One row of x times 8-bit codes, without offsets. */
  static void oneBytes(CodeStrips w, int strip, FewRows rows, int row, float[] sums) {
    int[] codes = w.codes();
    float[] scales = w.scales();
    int blockBits = w.blockBits();
    float[] x = rows.x();
    int xo = rows.from(row);
    int in = w.in();
    for (int half = 0; half < 32; half += 16) {
      int begin = w.code(strip, 0) + half;
      int firstScale = w.scale(strip, 0) + half;
      FloatVector sum0 = FloatVector.zero(FLOATS);
      FloatVector sum1 = FloatVector.zero(FLOATS);
      for (int c = 0; c < in; c += 4) {
        IntVector a = IntVector.fromArray(INTS, codes, begin + 8 * c);
        IntVector b = IntVector.fromArray(INTS, codes, begin + 8 * c + 8);
        FloatVector v = FloatVector.broadcast(FLOATS, x[xo + c]);
        FloatVector p =
            ((FloatVector)
                    a.lanewise(VectorOperators.LSHL, 24)
                        .lanewise(VectorOperators.ASHR, 24)
                        .convertShape(VectorOperators.I2F, FLOATS, 0))
                .mul(v);
        FloatVector q =
            ((FloatVector)
                    b.lanewise(VectorOperators.LSHL, 24)
                        .lanewise(VectorOperators.ASHR, 24)
                        .convertShape(VectorOperators.I2F, FLOATS, 0))
                .mul(v);
        v = FloatVector.broadcast(FLOATS, x[xo + c + 1]);
        p =
            ((FloatVector)
                    a.lanewise(VectorOperators.LSHL, 16)
                        .lanewise(VectorOperators.ASHR, 24)
                        .convertShape(VectorOperators.I2F, FLOATS, 0))
                .fma(v, p);
        q =
            ((FloatVector)
                    b.lanewise(VectorOperators.LSHL, 16)
                        .lanewise(VectorOperators.ASHR, 24)
                        .convertShape(VectorOperators.I2F, FLOATS, 0))
                .fma(v, q);
        v = FloatVector.broadcast(FLOATS, x[xo + c + 2]);
        p =
            ((FloatVector)
                    a.lanewise(VectorOperators.LSHL, 8)
                        .lanewise(VectorOperators.ASHR, 24)
                        .convertShape(VectorOperators.I2F, FLOATS, 0))
                .fma(v, p);
        q =
            ((FloatVector)
                    b.lanewise(VectorOperators.LSHL, 8)
                        .lanewise(VectorOperators.ASHR, 24)
                        .convertShape(VectorOperators.I2F, FLOATS, 0))
                .fma(v, q);
        v = FloatVector.broadcast(FLOATS, x[xo + c + 3]);
        p =
            ((FloatVector)
                    a.lanewise(VectorOperators.ASHR, 24)
                        .convertShape(VectorOperators.I2F, FLOATS, 0))
                .fma(v, p);
        q =
            ((FloatVector)
                    b.lanewise(VectorOperators.ASHR, 24)
                        .convertShape(VectorOperators.I2F, FLOATS, 0))
                .fma(v, q);
        int scale = firstScale + (c >> blockBits) * 32;
        sum0 = FloatVector.fromArray(FLOATS, scales, scale).fma(p, sum0);
        sum1 = FloatVector.fromArray(FLOATS, scales, scale + 8).fma(q, sum1);
      }
      sum0.intoArray(sums, 32 * row + half);
      sum1.intoArray(sums, 32 * row + half + 8);
    }
  }

  /** Four rows of x from {@code first} on times 4-bit codes, without offsets. */
  static void fourNibbles(CodeStrips w, int strip, FewRows rows, int first, float[] sums) {
    FloatVector number = FloatVector.broadcast(FLOATS, w.table()[0]);
    int[] codes = w.codes();
    float[] scales = w.scales();
    int blockBits = w.blockBits();
    float[] x = rows.x();
    int xA = rows.from(first);
    int xB = rows.from(first + 1);
    int xC = rows.from(first + 2);
    int xD = rows.from(first + 3);
    int in = w.in();
    for (int half = 0; half < 32; half += 16) {
      int begin = w.code(strip, 0) + half;
      int firstScale = w.scale(strip, 0) + half;
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
                    IntVector.fromArray(INTS, codes, begin + 4 * (c & -8))
                        .lanewise(VectorOperators.LSHR, 4 * (c & 7))
                        .and(15)
                        .convertShape(VectorOperators.I2F, FLOATS, 0))
                .add(number)
                .mul(FloatVector.fromArray(FLOATS, scales, scale));
        FloatVector w1 =
            ((FloatVector)
                    IntVector.fromArray(INTS, codes, begin + 4 * (c & -8) + 8)
                        .lanewise(VectorOperators.LSHR, 4 * (c & 7))
                        .and(15)
                        .convertShape(VectorOperators.I2F, FLOATS, 0))
                .add(number)
                .mul(FloatVector.fromArray(FLOATS, scales, scale + 8));
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
      int to = 32 * first + half;
      a0.intoArray(sums, to);
      a1.intoArray(sums, to + 8);
      b0.intoArray(sums, to + 32);
      b1.intoArray(sums, to + 40);
      c0.intoArray(sums, to + 64);
      c1.intoArray(sums, to + 72);
      d0.intoArray(sums, to + 96);
      d1.intoArray(sums, to + 104);
    }
  }

  /** Four rows of x from {@code first} on times 8-bit codes, without offsets. */
  static void fourBytes(CodeStrips w, int strip, FewRows rows, int first, float[] sums) {
    int[] codes = w.codes();
    float[] scales = w.scales();
    int blockBits = w.blockBits();
    float[] x = rows.x();
    int xA = rows.from(first);
    int xB = rows.from(first + 1);
    int xC = rows.from(first + 2);
    int xD = rows.from(first + 3);
    int in = w.in();
    for (int half = 0; half < 32; half += 16) {
      int begin = w.code(strip, 0) + half;
      int firstScale = w.scale(strip, 0) + half;
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
                    IntVector.fromArray(INTS, codes, begin + 8 * (c & -4) + 8)
                        .lanewise(VectorOperators.LSHL, 24 - 8 * (c & 3))
                        .lanewise(VectorOperators.ASHR, 24)
                        .convertShape(VectorOperators.I2F, FLOATS, 0))
                .mul(FloatVector.fromArray(FLOATS, scales, scale + 8));
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
      int to = 32 * first + half;
      a0.intoArray(sums, to);
      a1.intoArray(sums, to + 8);
      b0.intoArray(sums, to + 32);
      b1.intoArray(sums, to + 40);
      c0.intoArray(sums, to + 64);
      c1.intoArray(sums, to + 72);
      d0.intoArray(sums, to + 96);
      d1.intoArray(sums, to + 104);
    }
  }

  /** Adds what offsets make of a row of x. */
  static void addOffsets(CodeStrips w, int strip, int row, float[] sumsOfX, float[] sums) {
    float[] offsets = w.offsets();
    int blocks = w.in() >> w.blockBits();
    for (int half = 0; half < 32; half += 16) {
      int from = w.scale(strip, 0) + half;
      int to = 32 * row + half;
      FloatVector sum0 = FloatVector.fromArray(FLOATS, sums, to);
      FloatVector sum1 = FloatVector.fromArray(FLOATS, sums, to + 8);
      for (int b = 0; b < blocks; b++) {
        FloatVector v = FloatVector.broadcast(FLOATS, sumsOfX[row * blocks + b]);
        sum0 = FloatVector.fromArray(FLOATS, offsets, from + 32 * b).fma(v, sum0);
        sum1 = FloatVector.fromArray(FLOATS, offsets, from + 32 * b + 8).fma(v, sum1);
      }
      sum0.intoArray(sums, to);
      sum1.intoArray(sums, to + 8);
    }
  }
}
