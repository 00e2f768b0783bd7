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

/**
 * As {@link BlockProducts}, in registers of sixteen floats: half of the codes of a block at a time.
 */
final class WideBlockProducts {
  private static final VarHandle SHORT =
      MethodHandles.byteArrayViewVarHandle(short[].class, ByteOrder.LITTLE_ENDIAN);

  private static final VectorSpecies<Byte> BYTES = ByteVector.SPECIES_128;
  private static final VectorSpecies<Integer> INTS = IntVector.SPECIES_512;
  private static final VectorSpecies<Float> FLOATS = FloatVector.SPECIES_512;
  private static final VectorShuffle<Float> BY_8 = VectorShuffle.iota(FLOATS, 8, 1, true);
  private static final VectorShuffle<Float> BY_4 = VectorShuffle.iota(FLOATS, 4, 1, true);
  private static final VectorShuffle<Float> BY_2 = VectorShuffle.iota(FLOATS, 2, 1, true);

  private WideBlockProducts() {}

  /** As {@link CodeKernels#multiplyNibbleBlocks}, for one row of x. */
  static void nibbles(BlockRows rows, FewRows few, int row, float[] sums, int toRow) {
    byte[] bytes = rows.bytes();
    float[] x = few.x();
    float[] y = few.y();
    int start = few.from(row);
    int firstSum = row * rows.blocks();
    int to = few.to(row) + toRow;
    int end = rows.blocks() * BlockRows.BLOCK;
    int stride = rows.blockBytes();
    int offset = rows.offset();
    for (int r = 0; r < rows.rows(); r += 2) {
      // The last of an odd number of rows is computed twice.
      int next = Math.min(r + 1, rows.rows() - 1);
      int at = r * rows.rowBytes();
      int down = (next - r) * rows.rowBytes();
      FloatVector a = FloatVector.zero(FLOATS);
      FloatVector b = FloatVector.zero(FLOATS);
      float restA = 0f;
      float restB = 0f;
      for (int i = 0; i < end; i += BlockRows.BLOCK, at += stride) {
        FloatVector x0 = FloatVector.fromArray(FLOATS, x, start + i);
        FloatVector x1 = FloatVector.fromArray(FLOATS, x, start + i + 16);
        int from = at + rows.codes();
        IntVector p0 =
            (IntVector)
                ByteVector.fromArray(BYTES, bytes, from).convertShape(VectorOperators.B2I, INTS, 0);
        FloatVector dp =
            ((FloatVector) p0.and(15).convertShape(VectorOperators.I2F, FLOATS, 0)).mul(x0);
        dp =
            ((FloatVector)
                    p0.lanewise(VectorOperators.LSHR, 4)
                        .and(15)
                        .convertShape(VectorOperators.I2F, FLOATS, 0))
                .fma(x1, dp);
        a =
            dp.fma(
                FloatVector.broadcast(
                    FLOATS, Float16Table.get((short) SHORT.get(bytes, at) & 0xffff)),
                a);
        restA +=
            Float16Table.get((short) SHORT.get(bytes, at + offset) & 0xffff)
                * sums[firstSum + i / BlockRows.BLOCK];
        IntVector q0 =
            (IntVector)
                ByteVector.fromArray(BYTES, bytes, from + down)
                    .convertShape(VectorOperators.B2I, INTS, 0);
        FloatVector dq =
            ((FloatVector) q0.and(15).convertShape(VectorOperators.I2F, FLOATS, 0)).mul(x0);
        dq =
            ((FloatVector)
                    q0.lanewise(VectorOperators.LSHR, 4)
                        .and(15)
                        .convertShape(VectorOperators.I2F, FLOATS, 0))
                .fma(x1, dq);
        b =
            dq.fma(
                FloatVector.broadcast(
                    FLOATS, Float16Table.get((short) SHORT.get(bytes, at + down) & 0xffff)),
                b);
        restB +=
            Float16Table.get((short) SHORT.get(bytes, at + down + offset) & 0xffff)
                * sums[firstSum + i / BlockRows.BLOCK];
      }
      a = a.add(a.rearrange(BY_8));
      a = a.add(a.rearrange(BY_4));
      a = a.add(a.rearrange(BY_2));
      b = b.add(b.rearrange(BY_8));
      b = b.add(b.rearrange(BY_4));
      b = b.add(b.rearrange(BY_2));
      y[to + r] = a.lane(0) + a.lane(1) + rows.factor() * restA;
      y[to + next] = b.lane(0) + b.lane(1) + rows.factor() * restB;
    }
  }

  /** As {@link CodeKernels#multiplyByteBlocks}, for one row of x. */
  static void bytes(BlockRows rows, FewRows few, int row, int toRow) {
    byte[] bytes = rows.bytes();
    float[] x = few.x();
    float[] y = few.y();
    int start = few.from(row);
    int to = few.to(row) + toRow;
    int end = rows.blocks() * BlockRows.BLOCK;
    int stride = rows.blockBytes();
    for (int r = 0; r < rows.rows(); r += 2) {
      // The last of an odd number of rows is computed twice.
      int next = Math.min(r + 1, rows.rows() - 1);
      int at = r * rows.rowBytes();
      int down = (next - r) * rows.rowBytes();
      FloatVector a = FloatVector.zero(FLOATS);
      FloatVector b = FloatVector.zero(FLOATS);
      for (int i = 0; i < end; i += BlockRows.BLOCK, at += stride) {
        FloatVector x0 = FloatVector.fromArray(FLOATS, x, start + i);
        FloatVector x1 = FloatVector.fromArray(FLOATS, x, start + i + 16);
        int from = at + rows.codes();
        FloatVector dp =
            ((FloatVector)
                    ByteVector.fromArray(BYTES, bytes, from)
                        .convertShape(VectorOperators.B2F, FLOATS, 0))
                .mul(x0);
        dp =
            ((FloatVector)
                    ByteVector.fromArray(BYTES, bytes, from + 16)
                        .convertShape(VectorOperators.B2F, FLOATS, 0))
                .fma(x1, dp);
        a =
            dp.fma(
                FloatVector.broadcast(
                    FLOATS, Float16Table.get((short) SHORT.get(bytes, at) & 0xffff)),
                a);
        FloatVector dq =
            ((FloatVector)
                    ByteVector.fromArray(BYTES, bytes, from + down)
                        .convertShape(VectorOperators.B2F, FLOATS, 0))
                .mul(x0);
        dq =
            ((FloatVector)
                    ByteVector.fromArray(BYTES, bytes, from + down + 16)
                        .convertShape(VectorOperators.B2F, FLOATS, 0))
                .fma(x1, dq);
        b =
            dq.fma(
                FloatVector.broadcast(
                    FLOATS, Float16Table.get((short) SHORT.get(bytes, at + down) & 0xffff)),
                b);
      }
      a = a.add(a.rearrange(BY_8));
      a = a.add(a.rearrange(BY_4));
      a = a.add(a.rearrange(BY_2));
      b = b.add(b.rearrange(BY_8));
      b = b.add(b.rearrange(BY_4));
      b = b.add(b.rearrange(BY_2));
      y[to + r] = a.lane(0) + a.lane(1);
      y[to + next] = b.lane(0) + b.lane(1);
    }
  }
}
