package io.github.lora4j.compute;

import io.github.lora4j.tensor.FewRows;
import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/** Looks 4-bit codes up in a table of 16 values that lies in two registers of eight. */
final class NibbleDecoder {
  private static final VectorSpecies<Byte> BYTES = ByteVector.SPECIES_64;
  private static final VectorSpecies<Integer> INTS = IntVector.SPECIES_256;
  private static final VectorSpecies<Float> FLOATS = FloatVector.SPECIES_256;

  private NibbleDecoder() {}

  /** As {@link CodeKernels#decodeNibbles}. */
  static void decode(
      byte[] codes,
      int from,
      int cols,
      float[] table,
      float[] scales,
      float[] dst,
      int at,
      int stride) {
    IntVector low = FloatVector.fromArray(FLOATS, table, 0).reinterpretAsInts();
    IntVector high = FloatVector.fromArray(FLOATS, table, 8).reinterpretAsInts();
    FloatVector scale0 = FloatVector.fromArray(FLOATS, scales, 0);
    FloatVector scale1 = FloatVector.fromArray(FLOATS, scales, 8);
    for (int c = 0; c < cols; c++) {
      IntVector pairs = pairs(codes, from + 8 * c);
      int t = at + stride * c;
      lookUp(low, high, pairs.and(15)).mul(scale0).intoArray(dst, t);
      lookUp(low, high, upper(pairs)).mul(scale1).intoArray(dst, t + 8);
    }
  }

  /** As {@link CodeKernels#multiplyNibbles}, for one row of x. */
  static void multiply(
      byte[] codes,
      int from,
      int cols,
      float[] table,
      float[] scales,
      FewRows rows,
      int row,
      int col,
      float[] sums) {
    float[] x = rows.x();
    int xo = rows.from(row) + col;
    int to = 16 * row;
    IntVector low = FloatVector.fromArray(FLOATS, table, 0).reinterpretAsInts();
    IntVector high = FloatVector.fromArray(FLOATS, table, 8).reinterpretAsInts();
    FloatVector sum0 = FloatVector.zero(FLOATS);
    FloatVector sum1 = FloatVector.zero(FLOATS);
    for (int c = 0; c < cols; c++) {
      IntVector pairs = pairs(codes, from + 8 * c);
      FloatVector value = FloatVector.broadcast(FLOATS, x[xo + c]);
      sum0 = value.fma(lookUp(low, high, pairs.and(15)), sum0);
      sum1 = value.fma(lookUp(low, high, upper(pairs)), sum1);
    }
    FloatVector.fromArray(FLOATS, scales, 0)
        .fma(sum0, FloatVector.fromArray(FLOATS, sums, to))
        .intoArray(sums, to);
    FloatVector.fromArray(FLOATS, scales, 8)
        .fma(sum1, FloatVector.fromArray(FLOATS, sums, to + 8))
        .intoArray(sums, to + 8);
  }

  /** The same for four rows of x from {@code first} on. */
  static void multiplyFour(
      byte[] codes,
      int from,
      int cols,
      float[] table,
      float[] scales,
      FewRows rows,
      int first,
      int col,
      float[] sums) {
    IntVector low = FloatVector.fromArray(FLOATS, table, 0).reinterpretAsInts();
    IntVector high = FloatVector.fromArray(FLOATS, table, 8).reinterpretAsInts();
    float[] x = rows.x();
    int xA = rows.from(first) + col;
    int xB = rows.from(first + 1) + col;
    int xC = rows.from(first + 2) + col;
    int xD = rows.from(first + 3) + col;
    FloatVector a0 = FloatVector.zero(FLOATS);
    FloatVector a1 = a0;
    FloatVector b0 = a0;
    FloatVector b1 = a0;
    FloatVector c0 = a0;
    FloatVector c1 = a0;
    FloatVector d0 = a0;
    FloatVector d1 = a0;
    for (int c = 0; c < cols; c++) {
      IntVector pairs = pairs(codes, from + 8 * c);
      FloatVector w0 = lookUp(low, high, pairs.and(15));
      FloatVector w1 = lookUp(low, high, upper(pairs));
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
    int to = 16 * first;
    add(scales, 0, a0, sums, to);
    add(scales, 8, a1, sums, to + 8);
    add(scales, 0, b0, sums, to + 16);
    add(scales, 8, b1, sums, to + 24);
    add(scales, 0, c0, sums, to + 32);
    add(scales, 8, c1, sums, to + 40);
    add(scales, 0, d0, sums, to + 48);
    add(scales, 8, d1, sums, to + 56);
  }

  private static void add(float[] scales, int from, FloatVector sum, float[] sums, int to) {
    FloatVector.fromArray(FLOATS, scales, from)
        .fma(sum, FloatVector.fromArray(FLOATS, sums, to))
        .intoArray(sums, to);
  }

  private static IntVector pairs(byte[] codes, int at) {
    return (IntVector)
        ByteVector.fromArray(BYTES, codes, at).convertShape(VectorOperators.B2I, INTS, 0);
  }

  private static IntVector upper(IntVector pairs) {
    // The bytes were widened with their signs: what lies above the lower four bits does no harm.
    return pairs.lanewise(VectorOperators.LSHR, 4);
  }

  private static FloatVector lookUp(IntVector low, IntVector high, IntVector codes) {
    IntVector inHalf = codes.and(7);
    // "Above 7", for which AVX2 has an instruction, and not "at least 8", for which it takes two.
    return inHalf
        .selectFrom(low)
        .blend(inHalf.selectFrom(high), codes.compare(VectorOperators.GT, 7))
        .reinterpretAsFloats();
  }
}
