package io.github.lora4j.compute;

import io.github.lora4j.tensor.FewRows;
import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/**
 * Products of groups of 32 codes with one or four rows of x, without unpacking them to memory. The
 * loops call only the Vector API, for the reason that {@link BlockProducts} gives.
 */
final class GroupProducts {
  private static final VectorSpecies<Byte> BYTES = ByteVector.SPECIES_64;
  private static final VectorSpecies<Integer> INTS = IntVector.SPECIES_256;
  private static final VectorSpecies<Float> FLOATS = FloatVector.SPECIES_256;

  private GroupProducts() {}

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
      IntVector codes1 =
          ((IntVector)
                  ByteVector.fromArray(BYTES, bytes, low + 8)
                      .convertShape(VectorOperators.B2I, INTS, 0))
              .lanewise(VectorOperators.LSHR, group.lowShift())
              .and(lowerMask);
      FloatVector w1 =
          ((FloatVector) codes1.convertShape(VectorOperators.I2F, FLOATS, 0)).fma(scale, offset);
      odd = w1.fma(FloatVector.fromArray(FLOATS, x, at + i + 8), odd);
      scale = FloatVector.broadcast(FLOATS, scales[2 * g + 1]);
      offset = FloatVector.broadcast(FLOATS, offsets[2 * g + 1]);
      IntVector codes2 =
          ((IntVector)
                  ByteVector.fromArray(BYTES, bytes, low + 16)
                      .convertShape(VectorOperators.B2I, INTS, 0))
              .lanewise(VectorOperators.LSHR, group.lowShift())
              .and(lowerMask);
      FloatVector w2 =
          ((FloatVector) codes2.convertShape(VectorOperators.I2F, FLOATS, 0)).fma(scale, offset);
      even = w2.fma(FloatVector.fromArray(FLOATS, x, at + i + 16), even);
      IntVector codes3 =
          ((IntVector)
                  ByteVector.fromArray(BYTES, bytes, low + 24)
                      .convertShape(VectorOperators.B2I, INTS, 0))
              .lanewise(VectorOperators.LSHR, group.lowShift())
              .and(lowerMask);
      FloatVector w3 =
          ((FloatVector) codes3.convertShape(VectorOperators.I2F, FLOATS, 0)).fma(scale, offset);
      odd = w3.fma(FloatVector.fromArray(FLOATS, x, at + i + 24), odd);
    }
    int to = 16 * row;
    even.add(FloatVector.fromArray(FLOATS, sums, to)).intoArray(sums, to);
    odd.add(FloatVector.fromArray(FLOATS, sums, to + 8)).intoArray(sums, to + 8);
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
      IntVector codes1 =
          ((IntVector)
                  ByteVector.fromArray(BYTES, bytes, low + 8)
                      .convertShape(VectorOperators.B2I, INTS, 0))
              .lanewise(VectorOperators.LSHR, group.lowShift())
              .and(lowerMask);
      FloatVector w1 =
          ((FloatVector) codes1.convertShape(VectorOperators.I2F, FLOATS, 0)).fma(scale, offset);
      a = w1.fma(FloatVector.fromArray(FLOATS, x, xA + i + 8), a);
      b = w1.fma(FloatVector.fromArray(FLOATS, x, xB + i + 8), b);
      c = w1.fma(FloatVector.fromArray(FLOATS, x, xC + i + 8), c);
      d = w1.fma(FloatVector.fromArray(FLOATS, x, xD + i + 8), d);
      scale = FloatVector.broadcast(FLOATS, scales[2 * g + 1]);
      offset = FloatVector.broadcast(FLOATS, offsets[2 * g + 1]);
      IntVector codes2 =
          ((IntVector)
                  ByteVector.fromArray(BYTES, bytes, low + 16)
                      .convertShape(VectorOperators.B2I, INTS, 0))
              .lanewise(VectorOperators.LSHR, group.lowShift())
              .and(lowerMask);
      FloatVector w2 =
          ((FloatVector) codes2.convertShape(VectorOperators.I2F, FLOATS, 0)).fma(scale, offset);
      a = w2.fma(FloatVector.fromArray(FLOATS, x, xA + i + 16), a);
      b = w2.fma(FloatVector.fromArray(FLOATS, x, xB + i + 16), b);
      c = w2.fma(FloatVector.fromArray(FLOATS, x, xC + i + 16), c);
      d = w2.fma(FloatVector.fromArray(FLOATS, x, xD + i + 16), d);
      IntVector codes3 =
          ((IntVector)
                  ByteVector.fromArray(BYTES, bytes, low + 24)
                      .convertShape(VectorOperators.B2I, INTS, 0))
              .lanewise(VectorOperators.LSHR, group.lowShift())
              .and(lowerMask);
      FloatVector w3 =
          ((FloatVector) codes3.convertShape(VectorOperators.I2F, FLOATS, 0)).fma(scale, offset);
      a = w3.fma(FloatVector.fromArray(FLOATS, x, xA + i + 24), a);
      b = w3.fma(FloatVector.fromArray(FLOATS, x, xB + i + 24), b);
      c = w3.fma(FloatVector.fromArray(FLOATS, x, xC + i + 24), c);
      d = w3.fma(FloatVector.fromArray(FLOATS, x, xD + i + 24), d);
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
      IntVector codes1 =
          ((IntVector)
                  ByteVector.fromArray(BYTES, bytes, low + 8)
                      .convertShape(VectorOperators.B2I, INTS, 0))
              .lanewise(VectorOperators.LSHR, group.lowShift())
              .and(lowerMask)
              .or(
                  ((IntVector)
                          ByteVector.fromArray(BYTES, bytes, high + 8)
                              .convertShape(VectorOperators.B2I, INTS, 0))
                      .lanewise(VectorOperators.LSHR, group.highShift())
                      .and(upperMask)
                      .lanewise(VectorOperators.LSHL, join))
              .sub(centre);
      FloatVector w1 =
          ((FloatVector) codes1.convertShape(VectorOperators.I2F, FLOATS, 0)).fma(scale, offset);
      odd = w1.fma(FloatVector.fromArray(FLOATS, x, at + i + 8), odd);
      scale = FloatVector.broadcast(FLOATS, scales[2 * g + 1]);
      offset = FloatVector.broadcast(FLOATS, offsets[2 * g + 1]);
      IntVector codes2 =
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
      FloatVector w2 =
          ((FloatVector) codes2.convertShape(VectorOperators.I2F, FLOATS, 0)).fma(scale, offset);
      even = w2.fma(FloatVector.fromArray(FLOATS, x, at + i + 16), even);
      IntVector codes3 =
          ((IntVector)
                  ByteVector.fromArray(BYTES, bytes, low + 24)
                      .convertShape(VectorOperators.B2I, INTS, 0))
              .lanewise(VectorOperators.LSHR, group.lowShift())
              .and(lowerMask)
              .or(
                  ((IntVector)
                          ByteVector.fromArray(BYTES, bytes, high + 24)
                              .convertShape(VectorOperators.B2I, INTS, 0))
                      .lanewise(VectorOperators.LSHR, group.highShift())
                      .and(upperMask)
                      .lanewise(VectorOperators.LSHL, join))
              .sub(centre);
      FloatVector w3 =
          ((FloatVector) codes3.convertShape(VectorOperators.I2F, FLOATS, 0)).fma(scale, offset);
      odd = w3.fma(FloatVector.fromArray(FLOATS, x, at + i + 24), odd);
    }
    int to = 16 * row;
    even.add(FloatVector.fromArray(FLOATS, sums, to)).intoArray(sums, to);
    odd.add(FloatVector.fromArray(FLOATS, sums, to + 8)).intoArray(sums, to + 8);
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
      IntVector codes1 =
          ((IntVector)
                  ByteVector.fromArray(BYTES, bytes, low + 8)
                      .convertShape(VectorOperators.B2I, INTS, 0))
              .lanewise(VectorOperators.LSHR, group.lowShift())
              .and(lowerMask)
              .or(
                  ((IntVector)
                          ByteVector.fromArray(BYTES, bytes, high + 8)
                              .convertShape(VectorOperators.B2I, INTS, 0))
                      .lanewise(VectorOperators.LSHR, group.highShift())
                      .and(upperMask)
                      .lanewise(VectorOperators.LSHL, join))
              .sub(centre);
      FloatVector w1 =
          ((FloatVector) codes1.convertShape(VectorOperators.I2F, FLOATS, 0)).fma(scale, offset);
      a = w1.fma(FloatVector.fromArray(FLOATS, x, xA + i + 8), a);
      b = w1.fma(FloatVector.fromArray(FLOATS, x, xB + i + 8), b);
      c = w1.fma(FloatVector.fromArray(FLOATS, x, xC + i + 8), c);
      d = w1.fma(FloatVector.fromArray(FLOATS, x, xD + i + 8), d);
      scale = FloatVector.broadcast(FLOATS, scales[2 * g + 1]);
      offset = FloatVector.broadcast(FLOATS, offsets[2 * g + 1]);
      IntVector codes2 =
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
      FloatVector w2 =
          ((FloatVector) codes2.convertShape(VectorOperators.I2F, FLOATS, 0)).fma(scale, offset);
      a = w2.fma(FloatVector.fromArray(FLOATS, x, xA + i + 16), a);
      b = w2.fma(FloatVector.fromArray(FLOATS, x, xB + i + 16), b);
      c = w2.fma(FloatVector.fromArray(FLOATS, x, xC + i + 16), c);
      d = w2.fma(FloatVector.fromArray(FLOATS, x, xD + i + 16), d);
      IntVector codes3 =
          ((IntVector)
                  ByteVector.fromArray(BYTES, bytes, low + 24)
                      .convertShape(VectorOperators.B2I, INTS, 0))
              .lanewise(VectorOperators.LSHR, group.lowShift())
              .and(lowerMask)
              .or(
                  ((IntVector)
                          ByteVector.fromArray(BYTES, bytes, high + 24)
                              .convertShape(VectorOperators.B2I, INTS, 0))
                      .lanewise(VectorOperators.LSHR, group.highShift())
                      .and(upperMask)
                      .lanewise(VectorOperators.LSHL, join))
              .sub(centre);
      FloatVector w3 =
          ((FloatVector) codes3.convertShape(VectorOperators.I2F, FLOATS, 0)).fma(scale, offset);
      a = w3.fma(FloatVector.fromArray(FLOATS, x, xA + i + 24), a);
      b = w3.fma(FloatVector.fromArray(FLOATS, x, xB + i + 24), b);
      c = w3.fma(FloatVector.fromArray(FLOATS, x, xC + i + 24), c);
      d = w3.fma(FloatVector.fromArray(FLOATS, x, xD + i + 24), d);
    }
    int to = 16 * first;
    a.add(FloatVector.fromArray(FLOATS, sums, to)).intoArray(sums, to);
    b.add(FloatVector.fromArray(FLOATS, sums, to + 16)).intoArray(sums, to + 16);
    c.add(FloatVector.fromArray(FLOATS, sums, to + 32)).intoArray(sums, to + 32);
    d.add(FloatVector.fromArray(FLOATS, sums, to + 48)).intoArray(sums, to + 48);
  }
}
