package io.github.lora4j.compute;

import io.github.lora4j.tensor.FewRows;
import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/** As {@link GroupProducts}, in registers of sixteen floats. */
final class WideGroupProducts {
  private static final VectorSpecies<Byte> BYTES = ByteVector.SPECIES_128;
  private static final VectorSpecies<Integer> INTS = IntVector.SPECIES_512;
  private static final VectorSpecies<Float> FLOATS = FloatVector.SPECIES_512;

  private WideGroupProducts() {}

  /** As {@link CodeKernels#multiplyGroups}, for codes of lower bits alone and one row of x. */
  static void onePlain(
      byte[] bytes,
      int block,
      CodeLayout layout,
      float[] scales,
      float[] offsets,
      FewRows few,
      int row,
      int col,
      float[] sums) {
    float[] x = few.x();
    int lowerMask = layout.lowerMask();
    int at = few.from(row) + col;
    // Two sums: one alone would wait for the latency of its own addition.
    FloatVector even = FloatVector.zero(FLOATS);
    FloatVector odd = even;
    for (int g = 0; g < layout.groups().length; g++) {
      CodeLayout.Group group = layout.groups()[g];
      int low = block + group.low();
      int i = 32 * g;
      FloatVector scale = FloatVector.broadcast(FLOATS, scales[2 * g]);
      FloatVector offset = FloatVector.broadcast(FLOATS, offsets[2 * g]);
      IntVector codes0 =
          ((IntVector)
                  ByteVector.fromArray(BYTES, bytes, low)
                      .convertShape(VectorOperators.B2I, INTS, 0))
              .lanewise(VectorOperators.LSHR, group.lowShift())
              .and(lowerMask);
      FloatVector w0 =
          ((FloatVector) codes0.convertShape(VectorOperators.I2F, FLOATS, 0)).fma(scale, offset);
      even = w0.fma(FloatVector.fromArray(FLOATS, x, at + i), even);
      scale = FloatVector.broadcast(FLOATS, scales[2 * g + 1]);
      offset = FloatVector.broadcast(FLOATS, offsets[2 * g + 1]);
      IntVector codes1 =
          ((IntVector)
                  ByteVector.fromArray(BYTES, bytes, low + 16)
                      .convertShape(VectorOperators.B2I, INTS, 0))
              .lanewise(VectorOperators.LSHR, group.lowShift())
              .and(lowerMask);
      FloatVector w1 =
          ((FloatVector) codes1.convertShape(VectorOperators.I2F, FLOATS, 0)).fma(scale, offset);
      odd = w1.fma(FloatVector.fromArray(FLOATS, x, at + i + 16), odd);
    }
    int to = 16 * row;
    even.add(odd).add(FloatVector.fromArray(FLOATS, sums, to)).intoArray(sums, to);
  }

  /**
   * As {@link CodeKernels#multiplyGroups}, for codes of lower bits alone and four rows of x from
   * {@code first} on.
   */
  static void fourPlain(
      byte[] bytes,
      int block,
      CodeLayout layout,
      float[] scales,
      float[] offsets,
      FewRows few,
      int first,
      int col,
      float[] sums) {
    float[] x = few.x();
    int lowerMask = layout.lowerMask();
    int xA = few.from(first) + col;
    int xB = few.from(first + 1) + col;
    int xC = few.from(first + 2) + col;
    int xD = few.from(first + 3) + col;
    FloatVector a = FloatVector.zero(FLOATS);
    FloatVector b = a;
    FloatVector c = a;
    FloatVector d = a;
    for (int g = 0; g < layout.groups().length; g++) {
      CodeLayout.Group group = layout.groups()[g];
      int low = block + group.low();
      int i = 32 * g;
      FloatVector scale = FloatVector.broadcast(FLOATS, scales[2 * g]);
      FloatVector offset = FloatVector.broadcast(FLOATS, offsets[2 * g]);
      IntVector codes0 =
          ((IntVector)
                  ByteVector.fromArray(BYTES, bytes, low)
                      .convertShape(VectorOperators.B2I, INTS, 0))
              .lanewise(VectorOperators.LSHR, group.lowShift())
              .and(lowerMask);
      FloatVector w0 =
          ((FloatVector) codes0.convertShape(VectorOperators.I2F, FLOATS, 0)).fma(scale, offset);
      a = w0.fma(FloatVector.fromArray(FLOATS, x, xA + i), a);
      b = w0.fma(FloatVector.fromArray(FLOATS, x, xB + i), b);
      c = w0.fma(FloatVector.fromArray(FLOATS, x, xC + i), c);
      d = w0.fma(FloatVector.fromArray(FLOATS, x, xD + i), d);
      scale = FloatVector.broadcast(FLOATS, scales[2 * g + 1]);
      offset = FloatVector.broadcast(FLOATS, offsets[2 * g + 1]);
      IntVector codes1 =
          ((IntVector)
                  ByteVector.fromArray(BYTES, bytes, low + 16)
                      .convertShape(VectorOperators.B2I, INTS, 0))
              .lanewise(VectorOperators.LSHR, group.lowShift())
              .and(lowerMask);
      FloatVector w1 =
          ((FloatVector) codes1.convertShape(VectorOperators.I2F, FLOATS, 0)).fma(scale, offset);
      a = w1.fma(FloatVector.fromArray(FLOATS, x, xA + i + 16), a);
      b = w1.fma(FloatVector.fromArray(FLOATS, x, xB + i + 16), b);
      c = w1.fma(FloatVector.fromArray(FLOATS, x, xC + i + 16), c);
      d = w1.fma(FloatVector.fromArray(FLOATS, x, xD + i + 16), d);
    }
    int to = 16 * first;
    a.add(FloatVector.fromArray(FLOATS, sums, to)).intoArray(sums, to);
    b.add(FloatVector.fromArray(FLOATS, sums, to + 16)).intoArray(sums, to + 16);
    c.add(FloatVector.fromArray(FLOATS, sums, to + 32)).intoArray(sums, to + 32);
    d.add(FloatVector.fromArray(FLOATS, sums, to + 48)).intoArray(sums, to + 48);
  }

  /** As {@link CodeKernels#multiplyGroups}, for codes of lower and upper bits and one row of x. */
  static void oneJoined(
      byte[] bytes,
      int block,
      CodeLayout layout,
      float[] scales,
      float[] offsets,
      FewRows few,
      int row,
      int col,
      float[] sums) {
    float[] x = few.x();
    int lowerMask = layout.lowerMask();
    int upperMask = layout.upperMask();
    int join = layout.lower();
    int centre = layout.centre();
    int at = few.from(row) + col;
    // Two sums: one alone would wait for the latency of its own addition.
    FloatVector even = FloatVector.zero(FLOATS);
    FloatVector odd = even;
    for (int g = 0; g < layout.groups().length; g++) {
      CodeLayout.Group group = layout.groups()[g];
      int low = block + group.low();
      int high = block + group.high();
      int i = 32 * g;
      FloatVector scale = FloatVector.broadcast(FLOATS, scales[2 * g]);
      FloatVector offset = FloatVector.broadcast(FLOATS, offsets[2 * g]);
      IntVector codes0 =
          ((IntVector)
                  ByteVector.fromArray(BYTES, bytes, low)
                      .convertShape(VectorOperators.B2I, INTS, 0))
              .lanewise(VectorOperators.LSHR, group.lowShift())
              .and(lowerMask)
              .or(
                  ((IntVector)
                          ByteVector.fromArray(BYTES, bytes, high)
                              .convertShape(VectorOperators.B2I, INTS, 0))
                      .lanewise(VectorOperators.LSHR, group.highShift())
                      .and(upperMask)
                      .lanewise(VectorOperators.LSHL, join))
              .sub(centre);
      FloatVector w0 =
          ((FloatVector) codes0.convertShape(VectorOperators.I2F, FLOATS, 0)).fma(scale, offset);
      even = w0.fma(FloatVector.fromArray(FLOATS, x, at + i), even);
      scale = FloatVector.broadcast(FLOATS, scales[2 * g + 1]);
      offset = FloatVector.broadcast(FLOATS, offsets[2 * g + 1]);
      IntVector codes1 =
          ((IntVector)
                  ByteVector.fromArray(BYTES, bytes, low + 16)
                      .convertShape(VectorOperators.B2I, INTS, 0))
              .lanewise(VectorOperators.LSHR, group.lowShift())
              .and(lowerMask)
              .or(
                  ((IntVector)
                          ByteVector.fromArray(BYTES, bytes, high + 16)
                              .convertShape(VectorOperators.B2I, INTS, 0))
                      .lanewise(VectorOperators.LSHR, group.highShift())
                      .and(upperMask)
                      .lanewise(VectorOperators.LSHL, join))
              .sub(centre);
      FloatVector w1 =
          ((FloatVector) codes1.convertShape(VectorOperators.I2F, FLOATS, 0)).fma(scale, offset);
      odd = w1.fma(FloatVector.fromArray(FLOATS, x, at + i + 16), odd);
    }
    int to = 16 * row;
    even.add(odd).add(FloatVector.fromArray(FLOATS, sums, to)).intoArray(sums, to);
  }

  /**
   * As {@link CodeKernels#multiplyGroups}, for codes of lower and upper bits and four rows of x
   * from {@code first} on.
   */
  static void fourJoined(
      byte[] bytes,
      int block,
      CodeLayout layout,
      float[] scales,
      float[] offsets,
      FewRows few,
      int first,
      int col,
      float[] sums) {
    float[] x = few.x();
    int lowerMask = layout.lowerMask();
    int upperMask = layout.upperMask();
    int join = layout.lower();
    int centre = layout.centre();
    int xA = few.from(first) + col;
    int xB = few.from(first + 1) + col;
    int xC = few.from(first + 2) + col;
    int xD = few.from(first + 3) + col;
    FloatVector a = FloatVector.zero(FLOATS);
    FloatVector b = a;
    FloatVector c = a;
    FloatVector d = a;
    for (int g = 0; g < layout.groups().length; g++) {
      CodeLayout.Group group = layout.groups()[g];
      int low = block + group.low();
      int high = block + group.high();
      int i = 32 * g;
      FloatVector scale = FloatVector.broadcast(FLOATS, scales[2 * g]);
      FloatVector offset = FloatVector.broadcast(FLOATS, offsets[2 * g]);
      IntVector codes0 =
          ((IntVector)
                  ByteVector.fromArray(BYTES, bytes, low)
                      .convertShape(VectorOperators.B2I, INTS, 0))
              .lanewise(VectorOperators.LSHR, group.lowShift())
              .and(lowerMask)
              .or(
                  ((IntVector)
                          ByteVector.fromArray(BYTES, bytes, high)
                              .convertShape(VectorOperators.B2I, INTS, 0))
                      .lanewise(VectorOperators.LSHR, group.highShift())
                      .and(upperMask)
                      .lanewise(VectorOperators.LSHL, join))
              .sub(centre);
      FloatVector w0 =
          ((FloatVector) codes0.convertShape(VectorOperators.I2F, FLOATS, 0)).fma(scale, offset);
      a = w0.fma(FloatVector.fromArray(FLOATS, x, xA + i), a);
      b = w0.fma(FloatVector.fromArray(FLOATS, x, xB + i), b);
      c = w0.fma(FloatVector.fromArray(FLOATS, x, xC + i), c);
      d = w0.fma(FloatVector.fromArray(FLOATS, x, xD + i), d);
      scale = FloatVector.broadcast(FLOATS, scales[2 * g + 1]);
      offset = FloatVector.broadcast(FLOATS, offsets[2 * g + 1]);
      IntVector codes1 =
          ((IntVector)
                  ByteVector.fromArray(BYTES, bytes, low + 16)
                      .convertShape(VectorOperators.B2I, INTS, 0))
              .lanewise(VectorOperators.LSHR, group.lowShift())
              .and(lowerMask)
              .or(
                  ((IntVector)
                          ByteVector.fromArray(BYTES, bytes, high + 16)
                              .convertShape(VectorOperators.B2I, INTS, 0))
                      .lanewise(VectorOperators.LSHR, group.highShift())
                      .and(upperMask)
                      .lanewise(VectorOperators.LSHL, join))
              .sub(centre);
      FloatVector w1 =
          ((FloatVector) codes1.convertShape(VectorOperators.I2F, FLOATS, 0)).fma(scale, offset);
      a = w1.fma(FloatVector.fromArray(FLOATS, x, xA + i + 16), a);
      b = w1.fma(FloatVector.fromArray(FLOATS, x, xB + i + 16), b);
      c = w1.fma(FloatVector.fromArray(FLOATS, x, xC + i + 16), c);
      d = w1.fma(FloatVector.fromArray(FLOATS, x, xD + i + 16), d);
    }
    int to = 16 * first;
    a.add(FloatVector.fromArray(FLOATS, sums, to)).intoArray(sums, to);
    b.add(FloatVector.fromArray(FLOATS, sums, to + 16)).intoArray(sums, to + 16);
    c.add(FloatVector.fromArray(FLOATS, sums, to + 32)).intoArray(sums, to + 32);
    d.add(FloatVector.fromArray(FLOATS, sums, to + 48)).intoArray(sums, to + 48);
  }
}
