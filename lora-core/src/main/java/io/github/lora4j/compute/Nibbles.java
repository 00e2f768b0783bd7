package io.github.lora4j.compute;

import io.github.lora4j.tensor.FewRows;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/** Looks 4-bit codes up in a table of 16 values that lies in two registers of eight. */
final class Nibbles {
  private static final VectorSpecies<Integer> INTS = IntVector.SPECIES_256;
  private static final VectorSpecies<Float> FLOATS = FloatVector.SPECIES_256;

  private Nibbles() {}

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
    IntVector low = FloatVector.fromArray(FLOATS, table, 0).reinterpretAsInts();
    IntVector high = FloatVector.fromArray(FLOATS, table, 8).reinterpretAsInts();
    FloatVector scale0 = FloatVector.fromArray(FLOATS, scales, scale);
    FloatVector scale1 = FloatVector.fromArray(FLOATS, scales, scale + 8);
    for (int c = col, to = at; c < col + cols; c++, to += stride) {
      int from = strip + 4 * (c & -8);
      int shift = 4 * (c & 7);
      lookUp(low, high, codes, from, shift).mul(scale0).intoArray(dst, to);
      lookUp(low, high, codes, from + 8, shift).mul(scale1).intoArray(dst, to + 8);
    }
  }

  /** As {@link CodeKernels#decodeNibbleRows}. */
  static void decodeRows(
      int[] codes,
      int strip,
      int rows,
      int col,
      int cols,
      float[] table,
      float[] scales,
      int scale,
      float[] dst,
      int at,
      int stride) {
    IntVector low = FloatVector.fromArray(FLOATS, table, 0).reinterpretAsInts();
    IntVector high = FloatVector.fromArray(FLOATS, table, 8).reinterpretAsInts();
    IntVector shifts = IntVector.zero(INTS).addIndex(1).lanewise(VectorOperators.LSHL, 2);
    for (int c = col; c < col + cols; c += 8) {
      int from = strip + 4 * c;
      for (int r = 0, to = at + c - col; r < rows; r++, to += stride) {
        IntVector eight =
            IntVector.broadcast(INTS, codes[from + r]).lanewise(VectorOperators.LSHR, shifts);
        lookUp(low, high, eight).mul(scales[scale + r]).intoArray(dst, to);
      }
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
    IntVector low = FloatVector.fromArray(FLOATS, table, 0).reinterpretAsInts();
    IntVector high = FloatVector.fromArray(FLOATS, table, 8).reinterpretAsInts();
    float[] x = rows.x();
    int xo = rows.from(row);
    // Half a strip at a time: with more look-ups in a loop, Java 17 keeps vectors as objects.
    for (int half = 0; half < 32; half += 16) {
      FloatVector sum0 = FloatVector.zero(FLOATS);
      FloatVector sum1 = sum0;
      for (int c = col; c < col + cols; c++) {
        int from = strip + half + 4 * (c & -8);
        int shift = 4 * (c & 7);
        FloatVector v = FloatVector.broadcast(FLOATS, x[xo + c]);
        sum0 = v.fma(lookUp(low, high, codes, from, shift), sum0);
        sum1 = v.fma(lookUp(low, high, codes, from + 8, shift), sum1);
      }
      int to = 32 * row + half;
      add(scales, scale + half, sum0, sums, to);
      add(scales, scale + half + 8, sum1, sums, to + 8);
    }
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
    IntVector low = FloatVector.fromArray(FLOATS, table, 0).reinterpretAsInts();
    IntVector high = FloatVector.fromArray(FLOATS, table, 8).reinterpretAsInts();
    float[] x = rows.x();
    int xA = rows.from(first);
    int xB = rows.from(first + 1);
    int xC = rows.from(first + 2);
    int xD = rows.from(first + 3);
    // Sums of four rows of x and a whole strip would not fit sixteen registers.
    for (int half = 0; half < 32; half += 16) {
      FloatVector a0 = FloatVector.zero(FLOATS);
      FloatVector a1 = a0;
      FloatVector b0 = a0;
      FloatVector b1 = a0;
      FloatVector c0 = a0;
      FloatVector c1 = a0;
      FloatVector d0 = a0;
      FloatVector d1 = a0;
      for (int c = col; c < col + cols; c++) {
        int from = strip + half + 4 * (c & -8);
        int shift = 4 * (c & 7);
        FloatVector w0 = lookUp(low, high, codes, from, shift);
        FloatVector w1 = lookUp(low, high, codes, from + 8, shift);
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
      add(scales, scale + half, a0, sums, to);
      add(scales, scale + half + 8, a1, sums, to + 8);
      add(scales, scale + half, b0, sums, to + 32);
      add(scales, scale + half + 8, b1, sums, to + 40);
      add(scales, scale + half, c0, sums, to + 64);
      add(scales, scale + half + 8, c1, sums, to + 72);
      add(scales, scale + half, d0, sums, to + 96);
      add(scales, scale + half + 8, d1, sums, to + 104);
    }
  }

  private static void add(float[] scales, int from, FloatVector sum, float[] sums, int to) {
    FloatVector.fromArray(FLOATS, scales, from)
        .fma(sum, FloatVector.fromArray(FLOATS, sums, to))
        .intoArray(sums, to);
  }

  /** Looks up the codes of eight rows. */
  private static FloatVector lookUp(
      IntVector low, IntVector high, int[] codes, int from, int shift) {
    IntVector eight = IntVector.fromArray(INTS, codes, from).lanewise(VectorOperators.LSHR, shift);
    return lookUp(low, high, eight);
  }

  /** Looks up codes in the lowest bits of ints. */
  private static FloatVector lookUp(IntVector low, IntVector high, IntVector eight) {
    IntVector inHalf = eight.and(7);
    // "Above 0", for which AVX2 has an instruction, and not "other than 0".
    return inHalf
        .selectFrom(low)
        .blend(inHalf.selectFrom(high), eight.and(8).compare(VectorOperators.GT, 0))
        .reinterpretAsFloats();
  }
}
