package io.github.lora4j.compute;

import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorShuffle;
import jdk.incubator.vector.VectorSpecies;

/** Products of blocks of 32 codes with a vector, without decoding them to memory. */
final class BlockProducts {
  private static final int BLOCK = 32;
  private static final VectorSpecies<Byte> BYTES = ByteVector.SPECIES_64;
  private static final VectorSpecies<Integer> INTS = IntVector.SPECIES_256;
  private static final VectorSpecies<Float> FLOATS = FloatVector.SPECIES_256;
  private static final int L = FLOATS.length();
  private static final VectorShuffle<Float> BY_4 = VectorShuffle.iota(FLOATS, 4, 1, true);
  private static final VectorShuffle<Float> BY_2 = VectorShuffle.iota(FLOATS, 2, 1, true);

  private BlockProducts() {}

  /** As {@link Kernels#multiplyNibbleBlocks}. */
  static float nibbles(byte[] codes, int from, int stride, float[] scales, int blocks, float[] x) {
    FloatVector sums = FloatVector.zero(FLOATS);
    int at = from;
    for (int b = 0; b < blocks; b++, at += stride) {
      IntVector first = ints(codes, at);
      IntVector second = ints(codes, at + L);
      int i = b * BLOCK;
      FloatVector dot = floats(first.and(15)).mul(FloatVector.fromArray(FLOATS, x, i));
      dot = floats(second.and(15)).fma(FloatVector.fromArray(FLOATS, x, i + L), dot);
      // Bytes were widened with their sign.
      dot = floats(upper(first)).fma(FloatVector.fromArray(FLOATS, x, i + 2 * L), dot);
      dot = floats(upper(second)).fma(FloatVector.fromArray(FLOATS, x, i + 3 * L), dot);
      sums = dot.fma(FloatVector.broadcast(FLOATS, scales[b]), sums);
    }
    return sum(sums);
  }

  /** As {@link Kernels#multiplyByteBlocks}. */
  static float bytes(byte[] codes, int from, int stride, float[] scales, int blocks, float[] x) {
    FloatVector sums = FloatVector.zero(FLOATS);
    int at = from;
    for (int b = 0; b < blocks; b++, at += stride) {
      int i = b * BLOCK;
      FloatVector dot = floats(ints(codes, at)).mul(FloatVector.fromArray(FLOATS, x, i));
      dot = floats(ints(codes, at + L)).fma(FloatVector.fromArray(FLOATS, x, i + L), dot);
      dot = floats(ints(codes, at + 2 * L)).fma(FloatVector.fromArray(FLOATS, x, i + 2 * L), dot);
      dot = floats(ints(codes, at + 3 * L)).fma(FloatVector.fromArray(FLOATS, x, i + 3 * L), dot);
      sums = dot.fma(FloatVector.broadcast(FLOATS, scales[b]), sums);
    }
    return sum(sums);
  }

  private static IntVector ints(byte[] codes, int at) {
    return (IntVector)
        ByteVector.fromArray(BYTES, codes, at).convertShape(VectorOperators.B2I, INTS, 0);
  }

  private static IntVector upper(IntVector codes) {
    return codes.lanewise(VectorOperators.LSHR, 4).and(15);
  }

  private static FloatVector floats(IntVector codes) {
    return (FloatVector) codes.convertShape(VectorOperators.I2F, FLOATS, 0);
  }

  /** In an order of its own, as {@link VectorMath#sum}. */
  private static float sum(FloatVector x) {
    FloatVector fours = x.add(x.rearrange(BY_4));
    FloatVector twos = fours.add(fours.rearrange(BY_2));
    return twos.lane(0) + twos.lane(1);
  }
}
