package io.github.lora4j.compute;

import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.LongVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/** Puts the bits of codes together, 32 at a time. */
final class CodeUnpacker {
  private static final VectorSpecies<Byte> BYTES = ByteVector.SPECIES_256;

  private static final long ONES = 0x0101010101010101L;

  private CodeUnpacker() {}

  /** As {@link CodeKernels#unpackCodes}. */
  static void unpack(
      byte[] src, int block, CodeLayout layout, int first, int count, byte[] dst, int to) {
    long lowerMask = layout.lowerMask() * ONES;
    long upperMask = layout.upperMask() * ONES;
    for (int g = first, t = to; g < first + count; g++, t += 32) {
      CodeLayout.Group group = layout.groups()[g];
      // Shifts of longs: what they bring over from the next byte is masked away.
      LongVector lower =
          ByteVector.fromArray(BYTES, src, block + group.low())
              .reinterpretAsLongs()
              .lanewise(VectorOperators.LSHR, group.lowShift())
              .and(lowerMask);
      LongVector upper =
          ByteVector.fromArray(BYTES, src, block + group.high())
              .reinterpretAsLongs()
              .lanewise(VectorOperators.LSHR, group.highShift())
              .and(upperMask)
              .lanewise(VectorOperators.LSHL, layout.lower());
      lower.or(upper).reinterpretAsBytes().sub((byte) layout.centre()).intoArray(dst, t);
    }
  }
}
