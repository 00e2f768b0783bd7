package io.github.lora4j.compute;

import io.github.lora4j.tensor.FewRows;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.LongVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/**
 * Looks 4-bit codes up in a table of 16 values that lies in one register, sixteen rows at a time.
 * The eight bytes of a column are there twice, and the second eight give their upper halves. The
 * loops call only the Vector API, for the reason that {@link BlockProducts} gives.
 */
final class WideNibbleDecoder {
  private static final VarHandle LONG =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

  private static final VectorSpecies<Long> TWICE = LongVector.SPECIES_128;
  private static final VectorSpecies<Integer> INTS = IntVector.SPECIES_512;
  private static final VectorSpecies<Float> FLOATS = FloatVector.SPECIES_512;

  private WideNibbleDecoder() {}

  private static IntVector shifts() {
    return IntVector.broadcast(INTS, 4)
        .and(IntVector.zero(INTS).addIndex(1).lanewise(VectorOperators.LSHR, 1));
  }

  /** As {@link CodeKernels#decodeNibbles}. */
  static void decode(
      byte[] codes,
      int from,
      int cols,
      float[] table,
      float[] scales,
      float[] dst,
      int at,
      int stride) {
    IntVector values = FloatVector.fromArray(FLOATS, table, 0).reinterpretAsInts();
    FloatVector scale = FloatVector.fromArray(FLOATS, scales, 0);
    IntVector shifts = shifts();
    for (int c = 0; c < cols; c++) {
      IntVector column =
          (IntVector)
              LongVector.broadcast(TWICE, (long) LONG.get(codes, from + 8 * c))
                  .reinterpretAsBytes()
                  .convertShape(VectorOperators.B2I, INTS, 0);
      column
          .lanewise(VectorOperators.LSHR, shifts)
          .and(15)
          .selectFrom(values)
          .reinterpretAsFloats()
          .mul(scale)
          .intoArray(dst, at + stride * c);
    }
  }

  /** As {@link CodeKernels#multiplyNibbles}, for one row of x. */
  static void multiply(
      byte[] codes,
      int from,
      int cols,
      float[] table,
      float[] scales,
      FewRows rows,
      int row,
      int column,
      float[] sums) {
    float[] x = rows.x();
    int xo = rows.from(row) + column;
    int to = 16 * row;
    IntVector values = FloatVector.fromArray(FLOATS, table, 0).reinterpretAsInts();
    IntVector shifts = shifts();
    // Two sums: one alone would wait for the latency of its own addition.
    FloatVector even = FloatVector.zero(FLOATS);
    FloatVector odd = FloatVector.zero(FLOATS);
    int c = 0;
    for (; c + 2 <= cols; c += 2) {
      IntVector first =
          (IntVector)
              LongVector.broadcast(TWICE, (long) LONG.get(codes, from + 8 * c))
                  .reinterpretAsBytes()
                  .convertShape(VectorOperators.B2I, INTS, 0);
      IntVector second =
          (IntVector)
              LongVector.broadcast(TWICE, (long) LONG.get(codes, from + 8 * c + 8))
                  .reinterpretAsBytes()
                  .convertShape(VectorOperators.B2I, INTS, 0);
      even =
          first
              .lanewise(VectorOperators.LSHR, shifts)
              .and(15)
              .selectFrom(values)
              .reinterpretAsFloats()
              .fma(FloatVector.broadcast(FLOATS, x[xo + c]), even);
      odd =
          second
              .lanewise(VectorOperators.LSHR, shifts)
              .and(15)
              .selectFrom(values)
              .reinterpretAsFloats()
              .fma(FloatVector.broadcast(FLOATS, x[xo + c + 1]), odd);
    }
    if (c < cols) {
      IntVector last =
          (IntVector)
              LongVector.broadcast(TWICE, (long) LONG.get(codes, from + 8 * c))
                  .reinterpretAsBytes()
                  .convertShape(VectorOperators.B2I, INTS, 0);
      even =
          last.lanewise(VectorOperators.LSHR, shifts)
              .and(15)
              .selectFrom(values)
              .reinterpretAsFloats()
              .fma(FloatVector.broadcast(FLOATS, x[xo + c]), even);
    }
    FloatVector.fromArray(FLOATS, scales, 0)
        .fma(even.add(odd), FloatVector.fromArray(FLOATS, sums, to))
        .intoArray(sums, to);
  }

  /** The same for four rows of x from {@code first} on. */
  static void multiplyFour(
      byte[] codes,
      int from,
      int cols,
      float[] table,
      float[] scales,
      FewRows rows,
      int first,
      int column,
      float[] sums) {
    IntVector values = FloatVector.fromArray(FLOATS, table, 0).reinterpretAsInts();
    IntVector shifts = shifts();
    float[] x = rows.x();
    int xA = rows.from(first) + column;
    int xB = rows.from(first + 1) + column;
    int xC = rows.from(first + 2) + column;
    int xD = rows.from(first + 3) + column;
    FloatVector a = FloatVector.zero(FLOATS);
    FloatVector b = a;
    FloatVector c = a;
    FloatVector d = a;
    for (int i = 0; i < cols; i++) {
      FloatVector w =
          ((IntVector)
                  LongVector.broadcast(TWICE, (long) LONG.get(codes, from + 8 * i))
                      .reinterpretAsBytes()
                      .convertShape(VectorOperators.B2I, INTS, 0))
              .lanewise(VectorOperators.LSHR, shifts)
              .and(15)
              .selectFrom(values)
              .reinterpretAsFloats();
      a = w.fma(FloatVector.broadcast(FLOATS, x[xA + i]), a);
      b = w.fma(FloatVector.broadcast(FLOATS, x[xB + i]), b);
      c = w.fma(FloatVector.broadcast(FLOATS, x[xC + i]), c);
      d = w.fma(FloatVector.broadcast(FLOATS, x[xD + i]), d);
    }
    FloatVector scale = FloatVector.fromArray(FLOATS, scales, 0);
    int to = 16 * first;
    scale.fma(a, FloatVector.fromArray(FLOATS, sums, to)).intoArray(sums, to);
    scale.fma(b, FloatVector.fromArray(FLOATS, sums, to + 16)).intoArray(sums, to + 16);
    scale.fma(c, FloatVector.fromArray(FLOATS, sums, to + 32)).intoArray(sums, to + 32);
    scale.fma(d, FloatVector.fromArray(FLOATS, sums, to + 48)).intoArray(sums, to + 48);
  }
}
