package io.github.lora4j.compute;

import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorShuffle;
import jdk.incubator.vector.VectorSpecies;

/**
 * Products of blocks of 32 codes with a vector, without decoding them to memory. The loops call
 * only the Vector API: a method of our own that HotSpot does not inline gets its vectors in
 * objects, which makes them three times slower.
 */
final class BlockProducts {
  private static final int BLOCK = BlockRows.BLOCK;

  private static final VectorSpecies<Byte> BYTES = ByteVector.SPECIES_64;
  private static final VectorSpecies<Integer> INTS = IntVector.SPECIES_256;
  private static final VectorSpecies<Float> FLOATS = FloatVector.SPECIES_256;
  private static final int L = FLOATS.length();
  private static final VectorShuffle<Float> BY_4 = VectorShuffle.iota(FLOATS, 4, 1, true);
  private static final VectorShuffle<Float> BY_2 = VectorShuffle.iota(FLOATS, 2, 1, true);

  private BlockProducts() {}

  /** As {@link CodeKernels#multiplyNibbleBlocks}. */
  static void nibbles(
      BlockRows rows, float[] scales, float[] offsets, float[] x, float[] sums, float[] y, int to) {
    byte[] codes = rows.bytes();
    int end = rows.blocks() * BLOCK;
    int stride = rows.blockBytes();
    // Loops that do not run where there are no offsets: where branches join, vectors get objects.
    int last = offsets == null ? 0 : rows.blocks();
    int shifted = last / L * L;
    int scale = 0;
    for (int r = 0; r < rows.rows(); r++) {
      int at = r * rows.rowBytes() + rows.codes();
      FloatVector total = FloatVector.zero(FLOATS);
      for (int b = 0; b < shifted; b += L) {
        total =
            FloatVector.fromArray(FLOATS, offsets, scale + b)
                .fma(FloatVector.fromArray(FLOATS, sums, b), total);
      }
      float rest = 0f;
      for (int b = shifted; b < last; b++) {
        rest += offsets[scale + b] * sums[b];
      }
      for (int i = 0; i < end; i += BLOCK, at += stride, scale++) {
        // Widened with their sign: what lies above the four bits is cut off.
        IntVector first =
            (IntVector)
                ByteVector.fromArray(BYTES, codes, at).convertShape(VectorOperators.B2I, INTS, 0);
        IntVector second =
            (IntVector)
                ByteVector.fromArray(BYTES, codes, at + L)
                    .convertShape(VectorOperators.B2I, INTS, 0);
        IntVector third = first.lanewise(VectorOperators.LSHR, 4).and(15);
        IntVector fourth = second.lanewise(VectorOperators.LSHR, 4).and(15);
        FloatVector dot =
            ((FloatVector) first.and(15).convertShape(VectorOperators.I2F, FLOATS, 0))
                .mul(FloatVector.fromArray(FLOATS, x, i));
        dot =
            ((FloatVector) second.and(15).convertShape(VectorOperators.I2F, FLOATS, 0))
                .fma(FloatVector.fromArray(FLOATS, x, i + L), dot);
        dot =
            ((FloatVector) third.convertShape(VectorOperators.I2F, FLOATS, 0))
                .fma(FloatVector.fromArray(FLOATS, x, i + 2 * L), dot);
        dot =
            ((FloatVector) fourth.convertShape(VectorOperators.I2F, FLOATS, 0))
                .fma(FloatVector.fromArray(FLOATS, x, i + 3 * L), dot);
        total = dot.fma(FloatVector.broadcast(FLOATS, scales[scale]), total);
      }
      FloatVector fours = total.add(total.rearrange(BY_4));
      FloatVector twos = fours.add(fours.rearrange(BY_2));
      y[to + r] = twos.lane(0) + twos.lane(1) + rest;
    }
  }

  /** As {@link CodeKernels#multiplyByteBlocks}. */
  static void bytes(BlockRows rows, float[] scales, float[] x, float[] y, int to) {
    byte[] codes = rows.bytes();
    int end = rows.blocks() * BLOCK;
    int stride = rows.blockBytes();
    int scale = 0;
    for (int r = 0; r < rows.rows(); r++) {
      int at = r * rows.rowBytes() + rows.codes();
      FloatVector sums = FloatVector.zero(FLOATS);
      for (int i = 0; i < end; i += BLOCK, at += stride, scale++) {
        FloatVector dot =
            ((FloatVector)
                    ByteVector.fromArray(BYTES, codes, at)
                        .convertShape(VectorOperators.B2F, FLOATS, 0))
                .mul(FloatVector.fromArray(FLOATS, x, i));
        dot =
            ((FloatVector)
                    ByteVector.fromArray(BYTES, codes, at + L)
                        .convertShape(VectorOperators.B2F, FLOATS, 0))
                .fma(FloatVector.fromArray(FLOATS, x, i + L), dot);
        dot =
            ((FloatVector)
                    ByteVector.fromArray(BYTES, codes, at + 2 * L)
                        .convertShape(VectorOperators.B2F, FLOATS, 0))
                .fma(FloatVector.fromArray(FLOATS, x, i + 2 * L), dot);
        dot =
            ((FloatVector)
                    ByteVector.fromArray(BYTES, codes, at + 3 * L)
                        .convertShape(VectorOperators.B2F, FLOATS, 0))
                .fma(FloatVector.fromArray(FLOATS, x, i + 3 * L), dot);
        sums = dot.fma(FloatVector.broadcast(FLOATS, scales[scale]), sums);
      }
      FloatVector fours = sums.add(sums.rearrange(BY_4));
      FloatVector twos = fours.add(fours.rearrange(BY_2));
      y[to + r] = twos.lane(0) + twos.lane(1);
    }
  }
}
