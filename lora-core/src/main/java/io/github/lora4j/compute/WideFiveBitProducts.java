package io.github.lora4j.compute;

import io.github.lora4j.tensor.FewRows;
import io.github.lora4j.tensor.Float16Table;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorShuffle;
import jdk.incubator.vector.VectorSpecies;

/** As {@link FiveBitProducts}, in registers of sixteen floats. */
final class WideFiveBitProducts {
  private static final VarHandle SHORT =
      MethodHandles.byteArrayViewVarHandle(short[].class, ByteOrder.LITTLE_ENDIAN);
  private static final VarHandle INT =
      MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);

  private static final VectorSpecies<Byte> BYTES = ByteVector.SPECIES_128;
  private static final VectorSpecies<Integer> INTS = IntVector.SPECIES_512;
  private static final VectorSpecies<Float> FLOATS = FloatVector.SPECIES_512;
  private static final VectorShuffle<Float> BY_8 = VectorShuffle.iota(FLOATS, 8, 1, true);
  private static final VectorShuffle<Float> BY_4 = VectorShuffle.iota(FLOATS, 4, 1, true);
  private static final VectorShuffle<Float> BY_2 = VectorShuffle.iota(FLOATS, 2, 1, true);

  private WideFiveBitProducts() {}

  /** As {@link CodeKernels#multiplyFiveBitBlocks}, for one row of x. */
  static void one(BlockRows w, FewRows few, int row, int to) {
    byte[] bytes = w.bytes();
    float[] x = few.x();
    float[] y = few.y();
    int offset = w.offset();
    float factor = w.factor();
    int blocks = w.blocks();
    IntVector bits0 = IntVector.zero(INTS).addIndex(1);
    IntVector bits16 = IntVector.zero(INTS).addIndex(1).add(16);
    int xA = few.from(row);
    for (int r = 0; r < w.rows(); r += 2) {
      // The last of an odd number of rows is computed twice.
      int next = Math.min(r + 1, w.rows() - 1);
      int p = r * w.rowBytes();
      int q = next * w.rowBytes();
      FloatVector a0 = FloatVector.zero(FLOATS);
      FloatVector a1 = FloatVector.zero(FLOATS);
      for (int i = 0; i < blocks * BlockRows.BLOCK; i += BlockRows.BLOCK) {
        FloatVector scale0 =
            FloatVector.broadcast(FLOATS, Float16Table.get((short) SHORT.get(bytes, p) & 0xffff));
        FloatVector offset0 =
            FloatVector.broadcast(
                FLOATS, factor * Float16Table.get((short) SHORT.get(bytes, p + offset) & 0xffff));
        IntVector high0 = IntVector.broadcast(INTS, (int) INT.get(bytes, p + w.codes() - 4));
        FloatVector scale1 =
            FloatVector.broadcast(FLOATS, Float16Table.get((short) SHORT.get(bytes, q) & 0xffff));
        FloatVector offset1 =
            FloatVector.broadcast(
                FLOATS, factor * Float16Table.get((short) SHORT.get(bytes, q + offset) & 0xffff));
        IntVector high1 = IntVector.broadcast(INTS, (int) INT.get(bytes, q + w.codes() - 4));
        IntVector codes00 =
            (IntVector)
                ByteVector.fromArray(BYTES, bytes, p + w.codes())
                    .convertShape(VectorOperators.B2I, INTS, 0);
        IntVector codes10 =
            (IntVector)
                ByteVector.fromArray(BYTES, bytes, q + w.codes())
                    .convertShape(VectorOperators.B2I, INTS, 0);
        FloatVector w0 =
            ((FloatVector)
                    codes00
                        .and(15)
                        .or(
                            high0
                                .lanewise(VectorOperators.LSHR, bits0)
                                .and(1)
                                .lanewise(VectorOperators.LSHL, 4))
                        .convertShape(VectorOperators.I2F, FLOATS, 0))
                .fma(scale0, offset0);
        FloatVector w1 =
            ((FloatVector)
                    codes10
                        .and(15)
                        .or(
                            high1
                                .lanewise(VectorOperators.LSHR, bits0)
                                .and(1)
                                .lanewise(VectorOperators.LSHL, 4))
                        .convertShape(VectorOperators.I2F, FLOATS, 0))
                .fma(scale1, offset1);
        FloatVector v;
        v = FloatVector.fromArray(FLOATS, x, xA + i);
        a0 = v.fma(w0, a0);
        a1 = v.fma(w1, a1);
        w0 =
            ((FloatVector)
                    codes00
                        .lanewise(VectorOperators.LSHR, 4)
                        .and(15)
                        .or(
                            high0
                                .lanewise(VectorOperators.LSHR, bits16)
                                .and(1)
                                .lanewise(VectorOperators.LSHL, 4))
                        .convertShape(VectorOperators.I2F, FLOATS, 0))
                .fma(scale0, offset0);
        w1 =
            ((FloatVector)
                    codes10
                        .lanewise(VectorOperators.LSHR, 4)
                        .and(15)
                        .or(
                            high1
                                .lanewise(VectorOperators.LSHR, bits16)
                                .and(1)
                                .lanewise(VectorOperators.LSHL, 4))
                        .convertShape(VectorOperators.I2F, FLOATS, 0))
                .fma(scale1, offset1);
        v = FloatVector.fromArray(FLOATS, x, xA + i + 16);
        a0 = v.fma(w0, a0);
        a1 = v.fma(w1, a1);
        p += w.blockBytes();
        q += w.blockBytes();
      }
      a0 = a0.add(a0.rearrange(BY_8));
      a0 = a0.add(a0.rearrange(BY_4));
      a0 = a0.add(a0.rearrange(BY_2));
      a1 = a1.add(a1.rearrange(BY_8));
      a1 = a1.add(a1.rearrange(BY_4));
      a1 = a1.add(a1.rearrange(BY_2));
      y[few.to(row) + to + r] = a0.lane(0) + a0.lane(1);
      y[few.to(row) + to + next] = a1.lane(0) + a1.lane(1);
    }
  }

  /** As {@link CodeKernels#multiplyFiveBitBlocks}, for four rows of x from {@code first} on. */
  static void four(BlockRows w, FewRows few, int first, int to) {
    byte[] bytes = w.bytes();
    float[] x = few.x();
    float[] y = few.y();
    int offset = w.offset();
    float factor = w.factor();
    int blocks = w.blocks();
    IntVector bits0 = IntVector.zero(INTS).addIndex(1);
    IntVector bits16 = IntVector.zero(INTS).addIndex(1).add(16);
    int xA = few.from(first);
    int xB = few.from(first + 1);
    int xC = few.from(first + 2);
    int xD = few.from(first + 3);
    for (int r = 0; r < w.rows(); r += 2) {
      // The last of an odd number of rows is computed twice.
      int next = Math.min(r + 1, w.rows() - 1);
      int p = r * w.rowBytes();
      int q = next * w.rowBytes();
      FloatVector a0 = FloatVector.zero(FLOATS);
      FloatVector a1 = FloatVector.zero(FLOATS);
      FloatVector b0 = FloatVector.zero(FLOATS);
      FloatVector b1 = FloatVector.zero(FLOATS);
      FloatVector c0 = FloatVector.zero(FLOATS);
      FloatVector c1 = FloatVector.zero(FLOATS);
      FloatVector d0 = FloatVector.zero(FLOATS);
      FloatVector d1 = FloatVector.zero(FLOATS);
      for (int i = 0; i < blocks * BlockRows.BLOCK; i += BlockRows.BLOCK) {
        FloatVector scale0 =
            FloatVector.broadcast(FLOATS, Float16Table.get((short) SHORT.get(bytes, p) & 0xffff));
        FloatVector offset0 =
            FloatVector.broadcast(
                FLOATS, factor * Float16Table.get((short) SHORT.get(bytes, p + offset) & 0xffff));
        IntVector high0 = IntVector.broadcast(INTS, (int) INT.get(bytes, p + w.codes() - 4));
        FloatVector scale1 =
            FloatVector.broadcast(FLOATS, Float16Table.get((short) SHORT.get(bytes, q) & 0xffff));
        FloatVector offset1 =
            FloatVector.broadcast(
                FLOATS, factor * Float16Table.get((short) SHORT.get(bytes, q + offset) & 0xffff));
        IntVector high1 = IntVector.broadcast(INTS, (int) INT.get(bytes, q + w.codes() - 4));
        IntVector codes00 =
            (IntVector)
                ByteVector.fromArray(BYTES, bytes, p + w.codes())
                    .convertShape(VectorOperators.B2I, INTS, 0);
        IntVector codes10 =
            (IntVector)
                ByteVector.fromArray(BYTES, bytes, q + w.codes())
                    .convertShape(VectorOperators.B2I, INTS, 0);
        FloatVector w0 =
            ((FloatVector)
                    codes00
                        .and(15)
                        .or(
                            high0
                                .lanewise(VectorOperators.LSHR, bits0)
                                .and(1)
                                .lanewise(VectorOperators.LSHL, 4))
                        .convertShape(VectorOperators.I2F, FLOATS, 0))
                .fma(scale0, offset0);
        FloatVector w1 =
            ((FloatVector)
                    codes10
                        .and(15)
                        .or(
                            high1
                                .lanewise(VectorOperators.LSHR, bits0)
                                .and(1)
                                .lanewise(VectorOperators.LSHL, 4))
                        .convertShape(VectorOperators.I2F, FLOATS, 0))
                .fma(scale1, offset1);
        FloatVector v;
        v = FloatVector.fromArray(FLOATS, x, xA + i);
        a0 = v.fma(w0, a0);
        a1 = v.fma(w1, a1);
        v = FloatVector.fromArray(FLOATS, x, xB + i);
        b0 = v.fma(w0, b0);
        b1 = v.fma(w1, b1);
        v = FloatVector.fromArray(FLOATS, x, xC + i);
        c0 = v.fma(w0, c0);
        c1 = v.fma(w1, c1);
        v = FloatVector.fromArray(FLOATS, x, xD + i);
        d0 = v.fma(w0, d0);
        d1 = v.fma(w1, d1);
        w0 =
            ((FloatVector)
                    codes00
                        .lanewise(VectorOperators.LSHR, 4)
                        .and(15)
                        .or(
                            high0
                                .lanewise(VectorOperators.LSHR, bits16)
                                .and(1)
                                .lanewise(VectorOperators.LSHL, 4))
                        .convertShape(VectorOperators.I2F, FLOATS, 0))
                .fma(scale0, offset0);
        w1 =
            ((FloatVector)
                    codes10
                        .lanewise(VectorOperators.LSHR, 4)
                        .and(15)
                        .or(
                            high1
                                .lanewise(VectorOperators.LSHR, bits16)
                                .and(1)
                                .lanewise(VectorOperators.LSHL, 4))
                        .convertShape(VectorOperators.I2F, FLOATS, 0))
                .fma(scale1, offset1);
        v = FloatVector.fromArray(FLOATS, x, xA + i + 16);
        a0 = v.fma(w0, a0);
        a1 = v.fma(w1, a1);
        v = FloatVector.fromArray(FLOATS, x, xB + i + 16);
        b0 = v.fma(w0, b0);
        b1 = v.fma(w1, b1);
        v = FloatVector.fromArray(FLOATS, x, xC + i + 16);
        c0 = v.fma(w0, c0);
        c1 = v.fma(w1, c1);
        v = FloatVector.fromArray(FLOATS, x, xD + i + 16);
        d0 = v.fma(w0, d0);
        d1 = v.fma(w1, d1);
        p += w.blockBytes();
        q += w.blockBytes();
      }
      a0 = a0.add(a0.rearrange(BY_8));
      a0 = a0.add(a0.rearrange(BY_4));
      a0 = a0.add(a0.rearrange(BY_2));
      a1 = a1.add(a1.rearrange(BY_8));
      a1 = a1.add(a1.rearrange(BY_4));
      a1 = a1.add(a1.rearrange(BY_2));
      b0 = b0.add(b0.rearrange(BY_8));
      b0 = b0.add(b0.rearrange(BY_4));
      b0 = b0.add(b0.rearrange(BY_2));
      b1 = b1.add(b1.rearrange(BY_8));
      b1 = b1.add(b1.rearrange(BY_4));
      b1 = b1.add(b1.rearrange(BY_2));
      c0 = c0.add(c0.rearrange(BY_8));
      c0 = c0.add(c0.rearrange(BY_4));
      c0 = c0.add(c0.rearrange(BY_2));
      c1 = c1.add(c1.rearrange(BY_8));
      c1 = c1.add(c1.rearrange(BY_4));
      c1 = c1.add(c1.rearrange(BY_2));
      d0 = d0.add(d0.rearrange(BY_8));
      d0 = d0.add(d0.rearrange(BY_4));
      d0 = d0.add(d0.rearrange(BY_2));
      d1 = d1.add(d1.rearrange(BY_8));
      d1 = d1.add(d1.rearrange(BY_4));
      d1 = d1.add(d1.rearrange(BY_2));
      y[few.to(first) + to + r] = a0.lane(0) + a0.lane(1);
      y[few.to(first) + to + next] = a1.lane(0) + a1.lane(1);
      y[few.to(first + 1) + to + r] = b0.lane(0) + b0.lane(1);
      y[few.to(first + 1) + to + next] = b1.lane(0) + b1.lane(1);
      y[few.to(first + 2) + to + r] = c0.lane(0) + c0.lane(1);
      y[few.to(first + 2) + to + next] = c1.lane(0) + c1.lane(1);
      y[few.to(first + 3) + to + r] = d0.lane(0) + d0.lane(1);
      y[few.to(first + 3) + to + next] = d1.lane(0) + d1.lane(1);
    }
  }
}
