package io.github.lora4j.compute;

import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/** Turns codes of a byte each into float32, eight at a time. */
final class ByteDecoder {
  private static final VectorSpecies<Byte> BYTES = ByteVector.SPECIES_64;
  private static final VectorSpecies<Float> FLOATS = FloatVector.SPECIES_256;
  private static final int L = FLOATS.length();

  /** On narrower machines nothing is done here. */
  private static final boolean FITS = FloatVector.SPECIES_PREFERRED.length() >= L;

  private ByteDecoder() {}

  /** As {@link Kernels#scaleCodes}, for as many as are whole vectors: returns how many. */
  static int scale(
      byte[] codes, int from, int count, int centre, float scale, float[] dst, int at) {
    int end = FITS ? count / L * L : 0;
    for (int i = 0; i < end; i += L) {
      // Whole numbers: the difference is exact in float32 too.
      floats(codes, from + i).sub(centre).mul(scale).intoArray(dst, at + i);
    }
    return end;
  }

  /** As {@link Kernels#shiftCodes}, for as many as are whole vectors: returns how many. */
  static int shift(
      byte[] codes, int from, int count, float scale, float offset, float[] dst, int at) {
    int end = FITS ? count / L * L : 0;
    for (int i = 0; i < end; i += L) {
      floats(codes, from + i).mul(scale).add(offset).intoArray(dst, at + i);
    }
    return end;
  }

  private static FloatVector floats(byte[] codes, int at) {
    return (FloatVector)
        ByteVector.fromArray(BYTES, codes, at).convertShape(VectorOperators.B2F, FLOATS, 0);
  }
}
