package io.github.lora4j.compute;

import io.github.lora4j.tensor.FewRows;
import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorShuffle;
import jdk.incubator.vector.VectorSpecies;

/** As {@link ByteRowProducts}, in registers of sixteen floats. */
final class WideByteRowProducts {
  /** Values of a row that share a scale. */
  private static final int PART = 16;

  private static final VectorSpecies<Byte> BYTES = ByteVector.SPECIES_128;
  private static final VectorSpecies<Float> FLOATS = FloatVector.SPECIES_512;
  private static final VectorShuffle<Float> BY_8 = VectorShuffle.iota(FLOATS, 8, 1, true);
  private static final VectorShuffle<Float> BY_4 = VectorShuffle.iota(FLOATS, 4, 1, true);
  private static final VectorShuffle<Float> BY_2 = VectorShuffle.iota(FLOATS, 2, 1, true);

  private WideByteRowProducts() {}

  /** As {@link CodeKernels#multiplyByteRow}, for one row of x. */
  static void one(
      byte[] codes,
      float[] scales,
      float[] offsets,
      int parts,
      FewRows few,
      int row,
      int col,
      int to) {
    float[] x = few.x();
    int start = few.from(row) + col;
    // Two sums: one alone would wait for the latency of its own addition.
    FloatVector even = FloatVector.zero(FLOATS);
    FloatVector odd = even;
    int p = 0;
    for (; p + 2 <= parts; p += 2) {
      int i = PART * p;
      FloatVector w0 =
          ((FloatVector)
                  ByteVector.fromArray(BYTES, codes, i)
                      .convertShape(VectorOperators.B2F, FLOATS, 0))
              .fma(
                  FloatVector.broadcast(FLOATS, scales[p]),
                  FloatVector.broadcast(FLOATS, offsets[p]));
      FloatVector w1 =
          ((FloatVector)
                  ByteVector.fromArray(BYTES, codes, i + PART)
                      .convertShape(VectorOperators.B2F, FLOATS, 0))
              .fma(
                  FloatVector.broadcast(FLOATS, scales[p + 1]),
                  FloatVector.broadcast(FLOATS, offsets[p + 1]));
      even = w0.fma(FloatVector.fromArray(FLOATS, x, start + i), even);
      odd = w1.fma(FloatVector.fromArray(FLOATS, x, start + i + PART), odd);
    }
    if (p < parts) {
      int i = PART * p;
      FloatVector w0 =
          ((FloatVector)
                  ByteVector.fromArray(BYTES, codes, i)
                      .convertShape(VectorOperators.B2F, FLOATS, 0))
              .fma(
                  FloatVector.broadcast(FLOATS, scales[p]),
                  FloatVector.broadcast(FLOATS, offsets[p]));
      even = w0.fma(FloatVector.fromArray(FLOATS, x, start + i), even);
    }
    even = even.add(odd);
    even = even.add(even.rearrange(BY_8));
    even = even.add(even.rearrange(BY_4));
    even = even.add(even.rearrange(BY_2));
    few.y()[few.to(row) + to] += even.lane(0) + even.lane(1);
  }

  /** The same for four rows of x from {@code first} on. */
  static void four(
      byte[] codes,
      float[] scales,
      float[] offsets,
      int parts,
      FewRows few,
      int first,
      int col,
      int to) {
    float[] x = few.x();
    float[] y = few.y();
    int xA = few.from(first) + col;
    int xB = few.from(first + 1) + col;
    int xC = few.from(first + 2) + col;
    int xD = few.from(first + 3) + col;
    FloatVector a = FloatVector.zero(FLOATS);
    FloatVector b = a;
    FloatVector c = a;
    FloatVector d = a;
    for (int p = 0; p < parts; p++) {
      int i = PART * p;
      FloatVector scale = FloatVector.broadcast(FLOATS, scales[p]);
      FloatVector offset = FloatVector.broadcast(FLOATS, offsets[p]);
      FloatVector w0 =
          ((FloatVector)
                  ByteVector.fromArray(BYTES, codes, i)
                      .convertShape(VectorOperators.B2F, FLOATS, 0))
              .fma(scale, offset);
      a = w0.fma(FloatVector.fromArray(FLOATS, x, xA + i), a);
      b = w0.fma(FloatVector.fromArray(FLOATS, x, xB + i), b);
      c = w0.fma(FloatVector.fromArray(FLOATS, x, xC + i), c);
      d = w0.fma(FloatVector.fromArray(FLOATS, x, xD + i), d);
    }
    a = a.add(a.rearrange(BY_8));
    a = a.add(a.rearrange(BY_4));
    a = a.add(a.rearrange(BY_2));
    b = b.add(b.rearrange(BY_8));
    b = b.add(b.rearrange(BY_4));
    b = b.add(b.rearrange(BY_2));
    c = c.add(c.rearrange(BY_8));
    c = c.add(c.rearrange(BY_4));
    c = c.add(c.rearrange(BY_2));
    d = d.add(d.rearrange(BY_8));
    d = d.add(d.rearrange(BY_4));
    d = d.add(d.rearrange(BY_2));
    // Of rows that count as several, each is read before it is written.
    float sumA = y[few.to(first) + to] + a.lane(0) + a.lane(1);
    float sumB = y[few.to(first + 1) + to] + b.lane(0) + b.lane(1);
    float sumC = y[few.to(first + 2) + to] + c.lane(0) + c.lane(1);
    float sumD = y[few.to(first + 3) + to] + d.lane(0) + d.lane(1);
    y[few.to(first) + to] = sumA;
    y[few.to(first + 1) + to] = sumB;
    y[few.to(first + 2) + to] = sumC;
    y[few.to(first + 3) + to] = sumD;
  }
}
