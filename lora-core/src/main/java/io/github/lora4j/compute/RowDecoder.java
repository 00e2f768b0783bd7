package io.github.lora4j.compute;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/** As {@link WideRowDecoder}, in registers of eight floats and for evenly spaced numbers. */
final class RowDecoder {
  private static final VectorSpecies<Integer> INTS = IntVector.SPECIES_256;
  private static final VectorSpecies<Float> FLOATS = FloatVector.SPECIES_256;
  private static final VectorMask<Integer> FROM_4 = VectorMask.fromLong(INTS, 0xf0);

  private RowDecoder() {}

  /** As {@link CodeKernels#decodeStripRows}, of 4-bit codes. */
  static void nibbles(
      CodeStrips w,
      int strip,
      int row,
      int rows,
      int col,
      int cols,
      float[] dst,
      int at,
      int stride) {
    int[] codes = w.codes();
    float[] scales = w.scales();
    float[] offsets = w.offsets();
    float number = w.table()[0];
    IntVector shifts = IntVector.zero(INTS).addIndex(1).lanewise(VectorOperators.LSHL, 2);
    for (int c = col; c < col + cols; c += 8) {
      int from = w.code(strip, c) + row;
      int scale = w.scale(strip, c) + row;
      for (int r = 0, to = at + c - col; r < rows; r++, to += stride) {
        FloatVector value =
            ((FloatVector)
                    IntVector.broadcast(INTS, codes[from + r])
                        .lanewise(VectorOperators.LSHR, shifts)
                        .and(15)
                        .convertShape(VectorOperators.I2F, FLOATS, 0))
                .add(number)
                .mul(scales[scale + r]);
        (offsets == null ? value : value.add(offsets[scale + r])).intoArray(dst, to);
      }
    }
  }

  /** The same of 8-bit codes. */
  static void bytes(
      CodeStrips w,
      int strip,
      int row,
      int rows,
      int col,
      int cols,
      float[] dst,
      int at,
      int stride) {
    int[] codes = w.codes();
    float[] scales = w.scales();
    float[] offsets = w.offsets();
    // The byte of a lane goes to the upper end, from where it comes back with its sign.
    IntVector shifts =
        IntVector.zero(INTS).addIndex(1).and(3).lanewise(VectorOperators.LSHL, 3).neg().add(24);
    for (int c = col; c < col + cols; c += 8) {
      int from = w.code(strip, c) + row;
      int scale = w.scale(strip, c) + row;
      for (int r = 0, to = at + c - col; r < rows; r++, to += stride) {
        FloatVector value =
            ((FloatVector)
                    IntVector.broadcast(INTS, codes[from + r])
                        .blend(IntVector.broadcast(INTS, codes[from + 32 + r]), FROM_4)
                        .lanewise(VectorOperators.LSHL, shifts)
                        .lanewise(VectorOperators.ASHR, 24)
                        .convertShape(VectorOperators.I2F, FLOATS, 0))
                .mul(scales[scale + r]);
        (offsets == null ? value : value.add(offsets[scale + r])).intoArray(dst, to);
      }
    }
  }
}
