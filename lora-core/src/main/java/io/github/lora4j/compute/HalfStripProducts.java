package io.github.lora4j.compute;

import io.github.lora4j.tensor.FewRows;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorShape;
import jdk.incubator.vector.VectorSpecies;

/**
 * Products of strips of 16 rows of 16-bit numbers with one or four vectors, without widening them
 * to memory. The loops of bfloat16 call only the Vector API, for the reason that {@link
 * BlockProducts} gives.
 */
final class HalfStripProducts {
  private static final int STRIP = 16;
  private static final VectorSpecies<Float> FLOATS = VectorWidth.FLOATS;
  private static final VectorSpecies<Integer> INTS =
      VectorSpecies.of(int.class, FLOATS.vectorShape());
  private static final VectorSpecies<Short> SHORTS =
      VectorSpecies.of(short.class, VectorShape.forBitSize(FLOATS.vectorBitSize() / 2));
  private static final int L = FLOATS.length();

  private HalfStripProducts() {}

  /** As {@link CodeKernels#multiplyHalves} for bfloat16 and one row of x. */
  static void bfloat16(short[] bits, int from, FewRows rows, int row, float[] sums) {
    float[] x = rows.x();
    int at = rows.from(row);
    int whole = rows.in() / 2 * 2;
    for (int i = 0; i < STRIP; i += L) {
      // Two sums: one alone would wait for the latency of its own addition.
      FloatVector even = FloatVector.zero(FLOATS);
      FloatVector odd = even;
      int f = from + i;
      for (int c = 0; c < whole; c += 2, f += 2 * STRIP) {
        IntVector first =
            (IntVector)
                ShortVector.fromArray(SHORTS, bits, f).convertShape(VectorOperators.S2I, INTS, 0);
        IntVector second =
            (IntVector)
                ShortVector.fromArray(SHORTS, bits, f + STRIP)
                    .convertShape(VectorOperators.S2I, INTS, 0);
        even =
            first
                .lanewise(VectorOperators.LSHL, 16)
                .reinterpretAsFloats()
                .fma(FloatVector.broadcast(FLOATS, x[at + c]), even);
        odd =
            second
                .lanewise(VectorOperators.LSHL, 16)
                .reinterpretAsFloats()
                .fma(FloatVector.broadcast(FLOATS, x[at + c + 1]), odd);
      }
      if (whole < rows.in()) {
        IntVector last =
            (IntVector)
                ShortVector.fromArray(SHORTS, bits, f).convertShape(VectorOperators.S2I, INTS, 0);
        even =
            last.lanewise(VectorOperators.LSHL, 16)
                .reinterpretAsFloats()
                .fma(FloatVector.broadcast(FLOATS, x[at + whole]), even);
      }
      even.add(odd).intoArray(sums, row * STRIP + i);
    }
  }

  /** The same for four rows of x from {@code first} on. */
  static void fourBfloat16(short[] bits, int from, FewRows rows, int first, float[] sums) {
    float[] x = rows.x();
    int xA = rows.from(first);
    int xB = rows.from(first + 1);
    int xC = rows.from(first + 2);
    int xD = rows.from(first + 3);
    int in = rows.in();
    for (int i = 0; i < STRIP; i += L) {
      FloatVector a = FloatVector.zero(FLOATS);
      FloatVector b = a;
      FloatVector c = a;
      FloatVector d = a;
      for (int col = 0, f = from + i; col < in; col++, f += STRIP) {
        FloatVector w =
            ((IntVector)
                    ShortVector.fromArray(SHORTS, bits, f)
                        .convertShape(VectorOperators.S2I, INTS, 0))
                .lanewise(VectorOperators.LSHL, 16)
                .reinterpretAsFloats();
        a = w.fma(FloatVector.broadcast(FLOATS, x[xA + col]), a);
        b = w.fma(FloatVector.broadcast(FLOATS, x[xB + col]), b);
        c = w.fma(FloatVector.broadcast(FLOATS, x[xC + col]), c);
        d = w.fma(FloatVector.broadcast(FLOATS, x[xD + col]), d);
      }
      store(a, b, c, d, first, sums, i);
    }
  }

  /** As {@link CodeKernels#multiplyHalves} for float16 and four rows of x. */
  static void fourFloat16(short[] bits, int from, FewRows rows, int first, float[] sums) {
    float[] x = rows.x();
    int xA = rows.from(first);
    int xB = rows.from(first + 1);
    int xC = rows.from(first + 2);
    int xD = rows.from(first + 3);
    int in = rows.in();
    for (int i = 0; i < STRIP; i += L) {
      FloatVector a = FloatVector.zero(FLOATS);
      FloatVector b = a;
      FloatVector c = a;
      FloatVector d = a;
      for (int col = 0, f = from + i; col < in; col++, f += STRIP) {
        FloatVector w =
            HalfDecoder.float16(
                (IntVector)
                    ShortVector.fromArray(SHORTS, bits, f)
                        .convertShape(VectorOperators.S2I, INTS, 0));
        a = w.fma(FloatVector.broadcast(FLOATS, x[xA + col]), a);
        b = w.fma(FloatVector.broadcast(FLOATS, x[xB + col]), b);
        c = w.fma(FloatVector.broadcast(FLOATS, x[xC + col]), c);
        d = w.fma(FloatVector.broadcast(FLOATS, x[xD + col]), d);
      }
      store(a, b, c, d, first, sums, i);
    }
  }

  private static void store(
      FloatVector a, FloatVector b, FloatVector c, FloatVector d, int first, float[] sums, int i) {
    int to = first * STRIP + i;
    a.intoArray(sums, to);
    b.intoArray(sums, to + STRIP);
    c.intoArray(sums, to + 2 * STRIP);
    d.intoArray(sums, to + 3 * STRIP);
  }
}
