package io.github.lora4j.compute;

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

  /** As {@link CodeKernels#multiplyNibbles}. */
  static void multiply(
      byte[] codes,
      int from,
      int cols,
      float[] table,
      float[] scales,
      float[] x,
      int xo,
      float[] sums) {
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
        .fma(sum0, FloatVector.fromArray(FLOATS, sums, 0))
        .intoArray(sums, 0);
    FloatVector.fromArray(FLOATS, scales, 8)
        .fma(sum1, FloatVector.fromArray(FLOATS, sums, 8))
        .intoArray(sums, 8);
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
