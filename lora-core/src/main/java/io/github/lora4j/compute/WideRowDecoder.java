package io.github.lora4j.compute;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/**
 * Decodes rows of {@link CodeStrips} as rows, sixteen columns at a time: the ints that hold their
 * codes go to all lanes, each of which shifts its own code down. The loops call only the Vector
 * API, for the reason that {@link BlockProducts} gives.
 */
final class WideRowDecoder {
  private static final VectorSpecies<Integer> INTS = IntVector.SPECIES_512;
  private static final VectorSpecies<Float> FLOATS = FloatVector.SPECIES_512;
  private static final VectorMask<Integer> FROM_4 = VectorMask.fromLong(INTS, 0xfff0);
  private static final VectorMask<Integer> FROM_8 = VectorMask.fromLong(INTS, 0xff00);
  private static final VectorMask<Integer> FROM_12 = VectorMask.fromLong(INTS, 0xf000);

  private WideRowDecoder() {}

  /** As {@link CodeKernels#decodeNibbleRows}. */
  static void nibbles(
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
    IntVector values = FloatVector.fromArray(FLOATS, table, 0).reinterpretAsInts();
    IntVector shifts = IntVector.zero(INTS).addIndex(1).and(7).lanewise(VectorOperators.LSHL, 2);
    for (int c = col; c < col + cols; c += 16) {
      int from = strip + 4 * c;
      for (int r = 0, to = at + c - col; r < rows; r++, to += stride) {
        IntVector.broadcast(INTS, codes[from + r])
            .blend(IntVector.broadcast(INTS, codes[from + 32 + r]), FROM_8)
            .lanewise(VectorOperators.LSHR, shifts)
            .and(15)
            .selectFrom(values)
            .reinterpretAsFloats()
            .mul(scales[scale + r])
            .intoArray(dst, to);
      }
    }
  }

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
    IntVector values = FloatVector.fromArray(FLOATS, w.table(), 0).reinterpretAsInts();
    IntVector shifts = IntVector.zero(INTS).addIndex(1).and(7).lanewise(VectorOperators.LSHL, 2);
    for (int c = col; c < col + cols; c += 16) {
      int from = w.code(strip, c) + row;
      int scale = w.scale(strip, c) + row;
      for (int r = 0, to = at + c - col; r < rows; r++, to += stride) {
        FloatVector value =
            IntVector.broadcast(INTS, codes[from + r])
                .blend(IntVector.broadcast(INTS, codes[from + 32 + r]), FROM_8)
                .lanewise(VectorOperators.LSHR, shifts)
                .and(15)
                .selectFrom(values)
                .reinterpretAsFloats()
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
    for (int c = col; c < col + cols; c += 16) {
      int from = w.code(strip, c) + row;
      int scale = w.scale(strip, c) + row;
      for (int r = 0, to = at + c - col; r < rows; r++, to += stride) {
        FloatVector value =
            ((FloatVector)
                    IntVector.broadcast(INTS, codes[from + r])
                        .blend(IntVector.broadcast(INTS, codes[from + 32 + r]), FROM_4)
                        .blend(IntVector.broadcast(INTS, codes[from + 64 + r]), FROM_8)
                        .blend(IntVector.broadcast(INTS, codes[from + 96 + r]), FROM_12)
                        .lanewise(VectorOperators.LSHL, shifts)
                        .lanewise(VectorOperators.ASHR, 24)
                        .convertShape(VectorOperators.I2F, FLOATS, 0))
                .mul(scales[scale + r]);
        (offsets == null ? value : value.add(offsets[scale + r])).intoArray(dst, to);
      }
    }
  }
}
