package io.github.lora4j.compute;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorShape;
import jdk.incubator.vector.VectorSpecies;

/** Widens 16-bit numbers to float32, a vector at a time. */
final class HalfDecoder {
  private static final int STRIP = 16;
  private static final VectorSpecies<Float> FLOATS = VectorWidth.FLOATS;
  private static final VectorSpecies<Integer> INTS =
      VectorSpecies.of(int.class, FLOATS.vectorShape());
  private static final VectorSpecies<Short> SHORTS =
      VectorSpecies.of(short.class, VectorShape.forBitSize(FLOATS.vectorBitSize() / 2));
  private static final int L = FLOATS.length();

  /** What the exponent of float32 is biased by beyond that of float16. */
  private static final int BIAS = 112 << 23;

  private HalfDecoder() {}

  /** As {@link CodeKernels#widen} for bfloat16. */
  static void bfloat16(short[] bits, int from, int cols, float[] dst, int at, int stride) {
    for (int c = 0, f = from, t = at; c < cols; c++, f += STRIP, t += stride) {
      for (int i = 0; i < STRIP; i += L) {
        ints(bits, f + i)
            .lanewise(VectorOperators.LSHL, 16)
            .reinterpretAsFloats()
            .intoArray(dst, t + i);
      }
    }
  }

  /** As {@link CodeKernels#widen} for float16. */
  static void float16(short[] bits, int from, int cols, float[] dst, int at, int stride) {
    for (int c = 0, f = from, t = at; c < cols; c++, f += STRIP, t += stride) {
      for (int i = 0; i < STRIP; i += L) {
        float16(ints(bits, f + i)).intoArray(dst, t + i);
      }
    }
  }

  /**
   * Widens float16 that was extended with its sign. No step computes with a subnormal float32,
   * which would be slow.
   */
  static FloatVector float16(IntVector half) {
    IntVector sign = half.and(0x80000000);
    IntVector magnitude = half.and(0x7fff).lanewise(VectorOperators.LSHL, 13);
    IntVector normal = magnitude.add(BIAS);
    // Infinities and NaN: the exponent goes on to all ones.
    IntVector finite =
        normal.blend(normal.add(BIAS), magnitude.compare(VectorOperators.GE, 0x7c00 << 13));
    // Subnormal: as the fraction of a number just above 2^-14, which is then taken away.
    IntVector subnormal =
        magnitude.add(BIAS + (1 << 23)).reinterpretAsFloats().sub(0x1p-14f).reinterpretAsInts();
    return finite
        .blend(subnormal, magnitude.compare(VectorOperators.LT, 1 << 23))
        .or(sign)
        .reinterpretAsFloats();
  }

  /** Sign-extended. */
  private static IntVector ints(short[] bits, int at) {
    return (IntVector)
        ShortVector.fromArray(SHORTS, bits, at).convertShape(VectorOperators.S2I, INTS, 0);
  }
}
