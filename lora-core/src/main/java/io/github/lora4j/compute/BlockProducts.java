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

  /** Rows that share what is loaded of the vector. */
  private static final int ROWS = 2;

  private static final VectorSpecies<Byte> BYTES = ByteVector.SPECIES_64;
  private static final VectorSpecies<Integer> INTS = IntVector.SPECIES_256;
  private static final VectorSpecies<Float> FLOATS = FloatVector.SPECIES_256;
  private static final int L = FLOATS.length();
  private static final VectorShuffle<Float> BY_4 = VectorShuffle.iota(FLOATS, 4, 1, true);
  private static final VectorShuffle<Float> BY_2 = VectorShuffle.iota(FLOATS, 2, 1, true);

  private BlockProducts() {}

  /** As {@link Kernels#multiplyNibbleBlocks}: row by row, as two at a time want more registers. */
  static void nibbles(
      byte[] codes,
      int from,
      int rowBytes,
      int stride,
      float[] scales,
      int blocks,
      float[] x,
      int rows,
      float[] y,
      int to) {
    for (int r = 0; r < rows; r++) {
      int at = from + r * rowBytes;
      int scale = r * blocks;
      FloatVector sums = FloatVector.zero(FLOATS);
      for (int i = 0; i < blocks * BLOCK; i += BLOCK, at += stride, scale++) {
        IntVector first = ints(codes, at);
        IntVector second = ints(codes, at + L);
        FloatVector dot = floats(first.and(15)).mul(FloatVector.fromArray(FLOATS, x, i));
        dot = floats(second.and(15)).fma(FloatVector.fromArray(FLOATS, x, i + L), dot);
        // Bytes were widened with their sign.
        dot = floats(upper(first)).fma(FloatVector.fromArray(FLOATS, x, i + 2 * L), dot);
        dot = floats(upper(second)).fma(FloatVector.fromArray(FLOATS, x, i + 3 * L), dot);
        sums = dot.fma(FloatVector.broadcast(FLOATS, scales[scale]), sums);
      }
      y[to + r] = sum(sums);
    }
  }

  /** As {@link Kernels#multiplyByteBlocks}: two rows share what is loaded of the vector. */
  static void bytes(
      byte[] codes,
      int from,
      int rowBytes,
      int stride,
      float[] scales,
      int blocks,
      float[] x,
      int rows,
      float[] y,
      int to) {
    for (int r = 0; r < rows; r += ROWS) {
      twoBytes(codes, from, rowBytes, stride, scales, blocks, x, r, rows, y, to);
    }
  }

  /** Rows r and r + 1; beyond the last row, that one again. */
  private static void twoBytes(
      byte[] codes,
      int from,
      int rowBytes,
      int stride,
      float[] scales,
      int blocks,
      float[] x,
      int r,
      int rows,
      float[] y,
      int to) {
    int r1 = Math.min(r + 1, rows - 1);
    int at0 = from + r * rowBytes;
    int at1 = from + r1 * rowBytes;
    int s0 = r * blocks;
    int s1 = r1 * blocks;
    FloatVector sum0 = FloatVector.zero(FLOATS);
    FloatVector sum1 = sum0;
    for (int b = 0; b < blocks; b++) {
      int i = b * BLOCK;
      FloatVector x0 = FloatVector.fromArray(FLOATS, x, i);
      FloatVector x1 = FloatVector.fromArray(FLOATS, x, i + L);
      FloatVector x2 = FloatVector.fromArray(FLOATS, x, i + 2 * L);
      FloatVector x3 = FloatVector.fromArray(FLOATS, x, i + 3 * L);
      FloatVector dot0 = floats(ints(codes, at0)).mul(x0);
      dot0 = floats(ints(codes, at0 + L)).fma(x1, dot0);
      dot0 = floats(ints(codes, at0 + 2 * L)).fma(x2, dot0);
      dot0 = floats(ints(codes, at0 + 3 * L)).fma(x3, dot0);
      sum0 = dot0.fma(FloatVector.broadcast(FLOATS, scales[s0 + b]), sum0);
      FloatVector dot1 = floats(ints(codes, at1)).mul(x0);
      dot1 = floats(ints(codes, at1 + L)).fma(x1, dot1);
      dot1 = floats(ints(codes, at1 + 2 * L)).fma(x2, dot1);
      dot1 = floats(ints(codes, at1 + 3 * L)).fma(x3, dot1);
      sum1 = dot1.fma(FloatVector.broadcast(FLOATS, scales[s1 + b]), sum1);
      at0 += stride;
      at1 += stride;
    }
    y[to + r1] = sum(sum1);
    y[to + r] = sum(sum0);
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
