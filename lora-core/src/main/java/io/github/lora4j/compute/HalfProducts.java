package io.github.lora4j.compute;

import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorShape;
import jdk.incubator.vector.VectorSpecies;

/**
 * Products of 16-bit numbers with a vector, without widening them to memory. As in {@link
 * BlockProducts} the loop of bfloat16 calls only the Vector API.
 */
final class HalfProducts {
  private static final VectorSpecies<Float> FLOATS = VectorWidth.FLOATS;
  private static final VectorSpecies<Integer> INTS =
      VectorSpecies.of(int.class, FLOATS.vectorShape());
  private static final VectorSpecies<Byte> BYTES =
      VectorSpecies.of(byte.class, VectorShape.forBitSize(FLOATS.vectorBitSize() / 2));
  private static final int L = FLOATS.length();

  /** Numbers of a step: two sums, so that one addition need not wait for the other. */
  static final int STEP = 2 * L;

  private HalfProducts() {}

  /** As {@link CodeKernels#dotHalves} for bfloat16 and whole steps. */
  static float bfloat16(byte[] src, int from, float[] x, int xo, int count) {
    FloatVector s0 = FloatVector.zero(FLOATS);
    FloatVector s1 = s0;
    for (int i = 0, at = from; i < count; i += STEP, at += 2 * STEP) {
      IntVector first =
          (IntVector)
              ByteVector.fromArray(BYTES, src, at)
                  .reinterpretAsShorts()
                  .convertShape(VectorOperators.S2I, INTS, 0);
      IntVector second =
          (IntVector)
              ByteVector.fromArray(BYTES, src, at + STEP)
                  .reinterpretAsShorts()
                  .convertShape(VectorOperators.S2I, INTS, 0);
      s0 =
          first
              .lanewise(VectorOperators.LSHL, 16)
              .reinterpretAsFloats()
              .fma(FloatVector.fromArray(FLOATS, x, xo + i), s0);
      s1 =
          second
              .lanewise(VectorOperators.LSHL, 16)
              .reinterpretAsFloats()
              .fma(FloatVector.fromArray(FLOATS, x, xo + i + L), s1);
    }
    return VectorMath.sum(s0.add(s1));
  }

  /** As {@link CodeKernels#dotHalves} for float16 and whole steps. */
  static float float16(byte[] src, int from, float[] x, int xo, int count) {
    FloatVector s0 = FloatVector.zero(FLOATS);
    FloatVector s1 = s0;
    for (int i = 0, at = from; i < count; i += STEP, at += 2 * STEP) {
      FloatVector first = HalfDecoder.float16(ints(src, at));
      FloatVector second = HalfDecoder.float16(ints(src, at + STEP));
      s0 = first.fma(FloatVector.fromArray(FLOATS, x, xo + i), s0);
      s1 = second.fma(FloatVector.fromArray(FLOATS, x, xo + i + L), s1);
    }
    return VectorMath.sum(s0.add(s1));
  }

  /** Sign-extended. */
  private static IntVector ints(byte[] src, int at) {
    return (IntVector)
        ByteVector.fromArray(BYTES, src, at)
            .reinterpretAsShorts()
            .convertShape(VectorOperators.S2I, INTS, 0);
  }
}
