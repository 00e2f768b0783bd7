package io.github.lora4j.compute;

import io.github.lora4j.tensor.FewRows;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/**
 * Looks 4-bit codes up in a table of 16 values that lies in one register, sixteen rows at a time.
 * The loops call only the Vector API, for the reason that {@link BlockProducts} gives.
 */
final class WideNibbles {
  private static final VectorSpecies<Integer> INTS = IntVector.SPECIES_512;
  private static final VectorSpecies<Float> FLOATS = FloatVector.SPECIES_512;

  private WideNibbles() {}

  /** As {@link CodeKernels#decodeNibbles}. */
  static void decode(
      int[] codes,
      int strip,
      int col,
      int cols,
      float[] table,
      float[] scales,
      int scale,
      float[] dst,
      int at,
      int stride) {
    IntVector values = FloatVector.fromArray(FLOATS, table, 0).reinterpretAsInts();
    FloatVector factor = FloatVector.fromArray(FLOATS, scales, scale);
    for (int c = col, to = at; c < col + cols; c++, to += stride) {
      IntVector.fromArray(INTS, codes, strip + 4 * (c & -8))
          .lanewise(VectorOperators.LSHR, 4 * (c & 7))
          .and(15)
          .selectFrom(values)
          .reinterpretAsFloats()
          .mul(factor)
          .intoArray(dst, to);
    }
  }

  /** As {@link CodeKernels#multiplyNibbles}, for one row of x. */
  static void multiply(
      int[] codes,
      int strip,
      int col,
      int cols,
      float[] table,
      float[] scales,
      int scale,
      FewRows rows,
      int row,
      float[] sums) {
    IntVector values = FloatVector.fromArray(FLOATS, table, 0).reinterpretAsInts();
    float[] x = rows.x();
    int xo = rows.from(row);
    // Two sums for sixteen rows: one alone would wait for the latency of its own addition.
    FloatVector a0 = FloatVector.zero(FLOATS);
    FloatVector a1 = a0;
    FloatVector b0 = a0;
    FloatVector b1 = a0;
    int end = col + cols;
    int c = col;
    for (; c < end && (c & 7) != 0; c++) {
      FloatVector v = FloatVector.broadcast(FLOATS, x[xo + c]);
      int from = strip + 4 * (c & -8);
      IntVector shift = IntVector.broadcast(INTS, 4 * (c & 7));
      IntVector a = IntVector.fromArray(INTS, codes, from).lanewise(VectorOperators.LSHR, shift);
      IntVector b =
          IntVector.fromArray(INTS, codes, from + 16).lanewise(VectorOperators.LSHR, shift);
      a0 = a.and(15).selectFrom(values).reinterpretAsFloats().fma(v, a0);
      b0 = b.and(15).selectFrom(values).reinterpretAsFloats().fma(v, b0);
    }
    for (; c + 8 <= end; c += 8) {
      IntVector a = IntVector.fromArray(INTS, codes, strip + 4 * c);
      IntVector b = IntVector.fromArray(INTS, codes, strip + 4 * c + 16);
      FloatVector v = FloatVector.broadcast(FLOATS, x[xo + c]);
      a0 = a.and(15).selectFrom(values).reinterpretAsFloats().fma(v, a0);
      b0 = b.and(15).selectFrom(values).reinterpretAsFloats().fma(v, b0);
      v = FloatVector.broadcast(FLOATS, x[xo + c + 1]);
      a1 =
          a.lanewise(VectorOperators.LSHR, 4)
              .and(15)
              .selectFrom(values)
              .reinterpretAsFloats()
              .fma(v, a1);
      b1 =
          b.lanewise(VectorOperators.LSHR, 4)
              .and(15)
              .selectFrom(values)
              .reinterpretAsFloats()
              .fma(v, b1);
      v = FloatVector.broadcast(FLOATS, x[xo + c + 2]);
      a0 =
          a.lanewise(VectorOperators.LSHR, 8)
              .and(15)
              .selectFrom(values)
              .reinterpretAsFloats()
              .fma(v, a0);
      b0 =
          b.lanewise(VectorOperators.LSHR, 8)
              .and(15)
              .selectFrom(values)
              .reinterpretAsFloats()
              .fma(v, b0);
      v = FloatVector.broadcast(FLOATS, x[xo + c + 3]);
      a1 =
          a.lanewise(VectorOperators.LSHR, 12)
              .and(15)
              .selectFrom(values)
              .reinterpretAsFloats()
              .fma(v, a1);
      b1 =
          b.lanewise(VectorOperators.LSHR, 12)
              .and(15)
              .selectFrom(values)
              .reinterpretAsFloats()
              .fma(v, b1);
      v = FloatVector.broadcast(FLOATS, x[xo + c + 4]);
      a0 =
          a.lanewise(VectorOperators.LSHR, 16)
              .and(15)
              .selectFrom(values)
              .reinterpretAsFloats()
              .fma(v, a0);
      b0 =
          b.lanewise(VectorOperators.LSHR, 16)
              .and(15)
              .selectFrom(values)
              .reinterpretAsFloats()
              .fma(v, b0);
      v = FloatVector.broadcast(FLOATS, x[xo + c + 5]);
      a1 =
          a.lanewise(VectorOperators.LSHR, 20)
              .and(15)
              .selectFrom(values)
              .reinterpretAsFloats()
              .fma(v, a1);
      b1 =
          b.lanewise(VectorOperators.LSHR, 20)
              .and(15)
              .selectFrom(values)
              .reinterpretAsFloats()
              .fma(v, b1);
      v = FloatVector.broadcast(FLOATS, x[xo + c + 6]);
      a0 =
          a.lanewise(VectorOperators.LSHR, 24)
              .and(15)
              .selectFrom(values)
              .reinterpretAsFloats()
              .fma(v, a0);
      b0 =
          b.lanewise(VectorOperators.LSHR, 24)
              .and(15)
              .selectFrom(values)
              .reinterpretAsFloats()
              .fma(v, b0);
      v = FloatVector.broadcast(FLOATS, x[xo + c + 7]);
      a1 =
          a.lanewise(VectorOperators.LSHR, 28)
              .and(15)
              .selectFrom(values)
              .reinterpretAsFloats()
              .fma(v, a1);
      b1 =
          b.lanewise(VectorOperators.LSHR, 28)
              .and(15)
              .selectFrom(values)
              .reinterpretAsFloats()
              .fma(v, b1);
    }
    for (; c < end; c++) {
      FloatVector v = FloatVector.broadcast(FLOATS, x[xo + c]);
      int from = strip + 4 * (c & -8);
      IntVector shift = IntVector.broadcast(INTS, 4 * (c & 7));
      IntVector a = IntVector.fromArray(INTS, codes, from).lanewise(VectorOperators.LSHR, shift);
      IntVector b =
          IntVector.fromArray(INTS, codes, from + 16).lanewise(VectorOperators.LSHR, shift);
      a0 = a.and(15).selectFrom(values).reinterpretAsFloats().fma(v, a0);
      b0 = b.and(15).selectFrom(values).reinterpretAsFloats().fma(v, b0);
    }
    int to = 32 * row;
    FloatVector.fromArray(FLOATS, scales, scale)
        .fma(a0.add(a1), FloatVector.fromArray(FLOATS, sums, to))
        .intoArray(sums, to);
    FloatVector.fromArray(FLOATS, scales, scale + 16)
        .fma(b0.add(b1), FloatVector.fromArray(FLOATS, sums, to + 16))
        .intoArray(sums, to + 16);
  }

  /** The same for four rows of x from {@code first} on. */
  static void multiplyFour(
      int[] codes,
      int strip,
      int col,
      int cols,
      float[] table,
      float[] scales,
      int scale,
      FewRows rows,
      int first,
      float[] sums) {
    IntVector values = FloatVector.fromArray(FLOATS, table, 0).reinterpretAsInts();
    float[] x = rows.x();
    int xA = rows.from(first);
    int xB = rows.from(first + 1);
    int xC = rows.from(first + 2);
    int xD = rows.from(first + 3);
    FloatVector a0 = FloatVector.zero(FLOATS);
    FloatVector a1 = a0;
    FloatVector b0 = a0;
    FloatVector b1 = a0;
    FloatVector c0 = a0;
    FloatVector c1 = a0;
    FloatVector d0 = a0;
    FloatVector d1 = a0;
    int end = col + cols;
    int c = col;
    while (c < end) {
      int from = strip + 4 * (c & -8);
      IntVector left0 =
          IntVector.fromArray(INTS, codes, from).lanewise(VectorOperators.LSHR, 4 * (c & 7));
      IntVector left1 =
          IntVector.fromArray(INTS, codes, from + 16).lanewise(VectorOperators.LSHR, 4 * (c & 7));
      int stop = Math.min(end, (c | 7) + 1);
      for (; c < stop; c++) {
        FloatVector w0 = left0.and(15).selectFrom(values).reinterpretAsFloats();
        FloatVector w1 = left1.and(15).selectFrom(values).reinterpretAsFloats();
        left0 = left0.lanewise(VectorOperators.LSHR, 4);
        left1 = left1.lanewise(VectorOperators.LSHR, 4);
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
    }
    FloatVector scale0 = FloatVector.fromArray(FLOATS, scales, scale);
    FloatVector scale1 = FloatVector.fromArray(FLOATS, scales, scale + 16);
    int to = 32 * first;
    scale0.fma(a0, FloatVector.fromArray(FLOATS, sums, to)).intoArray(sums, to);
    scale1.fma(a1, FloatVector.fromArray(FLOATS, sums, to + 16)).intoArray(sums, to + 16);
    scale0.fma(b0, FloatVector.fromArray(FLOATS, sums, to + 32)).intoArray(sums, to + 32);
    scale1.fma(b1, FloatVector.fromArray(FLOATS, sums, to + 48)).intoArray(sums, to + 48);
    scale0.fma(c0, FloatVector.fromArray(FLOATS, sums, to + 64)).intoArray(sums, to + 64);
    scale1.fma(c1, FloatVector.fromArray(FLOATS, sums, to + 80)).intoArray(sums, to + 80);
    scale0.fma(d0, FloatVector.fromArray(FLOATS, sums, to + 96)).intoArray(sums, to + 96);
    scale1.fma(d1, FloatVector.fromArray(FLOATS, sums, to + 112)).intoArray(sums, to + 112);
  }
}
