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

  /** As {@link Kernels#decodeNibbles}. */
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
      IntVector pairs =
          (IntVector)
              ByteVector.fromArray(BYTES, codes, from + 8 * c)
                  .convertShape(VectorOperators.B2I, INTS, 0);
      int t = at + stride * c;
      lookUp(low, high, pairs.and(15)).mul(scale0).intoArray(dst, t);
      lookUp(low, high, pairs.lanewise(VectorOperators.LSHR, 4).and(15))
          .mul(scale1)
          .intoArray(dst, t + 8);
    }
  }

  private static FloatVector lookUp(IntVector low, IntVector high, IntVector codes) {
    IntVector inHalf = codes.and(7);
    return inHalf
        .selectFrom(low)
        .blend(inHalf.selectFrom(high), codes.compare(VectorOperators.GE, 8))
        .reinterpretAsFloats();
  }
}
