package io.github.lora4j.compute;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/**
 * Decodes {@link CodeStrips}, sixteen rows at a time. The loops call only the Vector API, for the
 * reason that {@link BlockProducts} gives.
 */
final class WideStripDecoder {
  private static final VectorSpecies<Integer> INTS = IntVector.SPECIES_512;
  private static final VectorSpecies<Float> FLOATS = FloatVector.SPECIES_512;

  private WideStripDecoder() {}

  /** As {@link CodeKernels#decodeStrip}, of 4-bit codes. */
  static void nibbles(
      CodeStrips w, int strip, int half, int col, int cols, float[] dst, int at, int stride) {
    IntVector values = FloatVector.fromArray(FLOATS, w.table(), 0).reinterpretAsInts();
    int[] codes = w.codes();
    float[] scales = w.scales();
    float[] offsets = w.offsets();
    int begin = w.code(strip, 0) + 16 * half;
    int end = col + cols;
    int to = at;
    for (int c = col; c < end; ) {
      int scale = w.scale(strip, c) + 16 * half;
      FloatVector factor = FloatVector.fromArray(FLOATS, scales, scale);
      int stop = Math.min(end, ((c >> w.blockBits()) + 1) << w.blockBits());
      FloatVector offset =
          offsets == null
              ? FloatVector.zero(FLOATS)
              : FloatVector.fromArray(FLOATS, offsets, scale);
      while (c < stop) {
        IntVector left =
            IntVector.fromArray(INTS, codes, begin + 4 * (c & -8))
                .lanewise(VectorOperators.LSHR, 4 * (c & 7));
        int stopOfInts = Math.min(stop, (c | 7) + 1);
        if (offsets == null) {
          for (; c < stopOfInts; c++, to += stride) {
            left.and(15).selectFrom(values).reinterpretAsFloats().mul(factor).intoArray(dst, to);
            left = left.lanewise(VectorOperators.LSHR, 4);
          }
        } else {
          for (; c < stopOfInts; c++, to += stride) {
            left.and(15)
                .selectFrom(values)
                .reinterpretAsFloats()
                .mul(factor)
                .add(offset)
                .intoArray(dst, to);
            left = left.lanewise(VectorOperators.LSHR, 4);
          }
        }
      }
    }
  }

  /** The same of 8-bit codes. */
  static void bytes(
      CodeStrips w, int strip, int half, int col, int cols, float[] dst, int at, int stride) {
    int[] codes = w.codes();
    float[] scales = w.scales();
    float[] offsets = w.offsets();
    int begin = w.code(strip, 0) + 16 * half;
    int end = col + cols;
    int to = at;
    for (int c = col; c < end; ) {
      int scale = w.scale(strip, c) + 16 * half;
      FloatVector factor = FloatVector.fromArray(FLOATS, scales, scale);
      int stop = Math.min(end, ((c >> w.blockBits()) + 1) << w.blockBits());
      if (offsets == null) {
        for (; c < stop; c++, to += stride) {
          FloatVector number =
              (FloatVector)
                  IntVector.fromArray(INTS, codes, begin + 8 * (c & -4))
                      .lanewise(VectorOperators.LSHL, 24 - 8 * (c & 3))
                      .lanewise(VectorOperators.ASHR, 24)
                      .convertShape(VectorOperators.I2F, FLOATS, 0);
          number.mul(factor).intoArray(dst, to);
        }
      } else {
        FloatVector offset = FloatVector.fromArray(FLOATS, offsets, scale);
        for (; c < stop; c++, to += stride) {
          FloatVector number =
              (FloatVector)
                  IntVector.fromArray(INTS, codes, begin + 8 * (c & -4))
                      .lanewise(VectorOperators.LSHL, 24 - 8 * (c & 3))
                      .lanewise(VectorOperators.ASHR, 24)
                      .convertShape(VectorOperators.I2F, FLOATS, 0);
          number.mul(factor).add(offset).intoArray(dst, to);
        }
      }
    }
  }
}
