package io.github.lora4j.compute;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/** As {@link WideStripDecoder}, in registers of eight floats and for evenly spaced numbers. */
final class StripDecoder {
  private static final VectorSpecies<Integer> INTS = IntVector.SPECIES_256;
  private static final VectorSpecies<Float> FLOATS = FloatVector.SPECIES_256;

  private StripDecoder() {}

  /** As {@link CodeKernels#decodeStrip}, of 4-bit codes. */
  static void nibbles(
      CodeStrips w, int strip, int half, int col, int cols, float[] dst, int at, int stride) {
    FloatVector number = FloatVector.broadcast(FLOATS, w.table()[0]);
    int[] codes = w.codes();
    float[] scales = w.scales();
    float[] offsets = w.offsets();
    int begin = w.code(strip, 0) + 16 * half;
    int firstScale = w.scale(strip, 0) + 16 * half;
    int blockBits = w.blockBits();
    for (int c = col, to = at; c < col + cols; c++, to += stride) {
      int scale = firstScale + (c >> blockBits) * 32;
      FloatVector value0 =
          ((FloatVector)
                  IntVector.fromArray(INTS, codes, begin + 4 * (c & -8))
                      .lanewise(VectorOperators.LSHR, 4 * (c & 7))
                      .and(15)
                      .convertShape(VectorOperators.I2F, FLOATS, 0))
              .add(number)
              .mul(FloatVector.fromArray(FLOATS, scales, scale));
      FloatVector value1 =
          ((FloatVector)
                  IntVector.fromArray(INTS, codes, begin + 4 * (c & -8) + 8)
                      .lanewise(VectorOperators.LSHR, 4 * (c & 7))
                      .and(15)
                      .convertShape(VectorOperators.I2F, FLOATS, 0))
              .add(number)
              .mul(FloatVector.fromArray(FLOATS, scales, scale + 8));
      if (offsets != null) {
        value0 = value0.add(FloatVector.fromArray(FLOATS, offsets, scale));
        value1 = value1.add(FloatVector.fromArray(FLOATS, offsets, scale + 8));
      }
      value0.intoArray(dst, to);
      value1.intoArray(dst, to + 8);
    }
  }

  /** The same of 8-bit codes. */
  static void bytes(
      CodeStrips w, int strip, int half, int col, int cols, float[] dst, int at, int stride) {
    int[] codes = w.codes();
    float[] scales = w.scales();
    float[] offsets = w.offsets();
    int begin = w.code(strip, 0) + 16 * half;
    int firstScale = w.scale(strip, 0) + 16 * half;
    int blockBits = w.blockBits();
    for (int c = col, to = at; c < col + cols; c++, to += stride) {
      int scale = firstScale + (c >> blockBits) * 32;
      FloatVector value0 =
          ((FloatVector)
                  IntVector.fromArray(INTS, codes, begin + 8 * (c & -4))
                      .lanewise(VectorOperators.LSHL, 24 - 8 * (c & 3))
                      .lanewise(VectorOperators.ASHR, 24)
                      .convertShape(VectorOperators.I2F, FLOATS, 0))
              .mul(FloatVector.fromArray(FLOATS, scales, scale));
      FloatVector value1 =
          ((FloatVector)
                  IntVector.fromArray(INTS, codes, begin + 8 * (c & -4) + 8)
                      .lanewise(VectorOperators.LSHL, 24 - 8 * (c & 3))
                      .lanewise(VectorOperators.ASHR, 24)
                      .convertShape(VectorOperators.I2F, FLOATS, 0))
              .mul(FloatVector.fromArray(FLOATS, scales, scale + 8));
      if (offsets != null) {
        value0 = value0.add(FloatVector.fromArray(FLOATS, offsets, scale));
        value1 = value1.add(FloatVector.fromArray(FLOATS, offsets, scale + 8));
      }
      value0.intoArray(dst, to);
      value1.intoArray(dst, to + 8);
    }
  }
}
