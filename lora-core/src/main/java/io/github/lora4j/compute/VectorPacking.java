package io.github.lora4j.compute;

import io.github.lora4j.tensor.Panels;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorShuffle;
import jdk.incubator.vector.VectorSpecies;

/**
 * Packs panels with vectors: square blocks are turned in registers. In each step two vectors that
 * lie 4, 2 or 1 apart exchange the halves of their groups of 8, 4 or 2 elements.
 */
final class VectorPacking {
  private static final VectorSpecies<Float> EIGHT = FloatVector.SPECIES_256;
  private static final VectorSpecies<Float> FOUR = FloatVector.SPECIES_128;

  /** Java 17 computes the indices of a shuffle anew each time: there it is no faster. */
  private static final boolean SHUFFLES = Runtime.version().feature() > 17;

  private static final boolean EIGHTS = SHUFFLES && VectorWidth.FLOATS.length() >= EIGHT.length();

  private static final VectorShuffle<Float> SWAP4 = VectorShuffle.fromOp(EIGHT, i -> i ^ 4);
  private static final VectorShuffle<Float> SWAP2 = VectorShuffle.fromOp(EIGHT, i -> i ^ 2);
  private static final VectorShuffle<Float> SWAP1 = VectorShuffle.fromOp(EIGHT, i -> i ^ 1);
  private static final VectorMask<Float> UPPER4 = VectorMask.fromLong(EIGHT, 0b11110000);
  private static final VectorMask<Float> UPPER2 = VectorMask.fromLong(EIGHT, 0b11001100);
  private static final VectorMask<Float> UPPER1 = VectorMask.fromLong(EIGHT, 0b10101010);

  private static final VectorShuffle<Float> HALF_SWAP2 = VectorShuffle.fromOp(FOUR, i -> i ^ 2);
  private static final VectorShuffle<Float> HALF_SWAP1 = VectorShuffle.fromOp(FOUR, i -> i ^ 1);
  private static final VectorMask<Float> HALF_UPPER2 = VectorMask.fromLong(FOUR, 0b1100);
  private static final VectorMask<Float> HALF_UPPER1 = VectorMask.fromLong(FOUR, 0b1010);

  private VectorPacking() {}

  /** As {@link Panels#pack}. */
  static void pack(
      float[] from,
      int offset,
      int next,
      int step,
      int count,
      int depth,
      float[] to,
      int at,
      int width) {
    if (!SHUFFLES || step != 1 || next == 1) {
      Panels.pack(from, offset, next, step, count, depth, to, at, width);
      return;
    }
    Panels.clear(count, depth, to, at, width);
    int i = 0;
    for (; EIGHTS && i + 8 <= count; i += 8) {
      int done = depth & -8;
      turnEight(from, offset + i * next, next, done, to, at + i, width);
      rest(from, offset + i * next, next, 8, done, depth, to, at + i, width);
    }
    for (; i + 4 <= count; i += 4) {
      int done = depth & -4;
      turnFour(from, offset + i * next, next, done, to, at + i, width);
      rest(from, offset + i * next, next, 4, done, depth, to, at + i, width);
    }
    rest(from, offset + i * next, next, count - i, 0, depth, to, at + i, width);
  }

  private static void rest(
      float[] from,
      int offset,
      int next,
      int count,
      int first,
      int depth,
      float[] to,
      int at,
      int width) {
    for (int k = first; k < depth; k++) {
      for (int i = 0; i < count; i++) {
        to[at + k * width + i] = from[offset + i * next + k];
      }
    }
  }

  private static void turnEight(
      float[] from, int offset, int next, int depth, float[] to, int at, int width) {
    for (int k = 0, f = offset, t = at; k < depth; k += 8, f += 8, t += 8 * width) {
      FloatVector a0 = FloatVector.fromArray(EIGHT, from, f);
      FloatVector a1 = FloatVector.fromArray(EIGHT, from, f + next);
      FloatVector a2 = FloatVector.fromArray(EIGHT, from, f + 2 * next);
      FloatVector a3 = FloatVector.fromArray(EIGHT, from, f + 3 * next);
      FloatVector a4 = FloatVector.fromArray(EIGHT, from, f + 4 * next);
      FloatVector a5 = FloatVector.fromArray(EIGHT, from, f + 5 * next);
      FloatVector a6 = FloatVector.fromArray(EIGHT, from, f + 6 * next);
      FloatVector a7 = FloatVector.fromArray(EIGHT, from, f + 7 * next);
      FloatVector b0 = a0.blend(a4.rearrange(SWAP4), UPPER4);
      FloatVector b4 = a0.rearrange(SWAP4).blend(a4, UPPER4);
      FloatVector b1 = a1.blend(a5.rearrange(SWAP4), UPPER4);
      FloatVector b5 = a1.rearrange(SWAP4).blend(a5, UPPER4);
      FloatVector b2 = a2.blend(a6.rearrange(SWAP4), UPPER4);
      FloatVector b6 = a2.rearrange(SWAP4).blend(a6, UPPER4);
      FloatVector b3 = a3.blend(a7.rearrange(SWAP4), UPPER4);
      FloatVector b7 = a3.rearrange(SWAP4).blend(a7, UPPER4);
      a0 = b0.blend(b2.rearrange(SWAP2), UPPER2);
      a2 = b0.rearrange(SWAP2).blend(b2, UPPER2);
      a1 = b1.blend(b3.rearrange(SWAP2), UPPER2);
      a3 = b1.rearrange(SWAP2).blend(b3, UPPER2);
      a4 = b4.blend(b6.rearrange(SWAP2), UPPER2);
      a6 = b4.rearrange(SWAP2).blend(b6, UPPER2);
      a5 = b5.blend(b7.rearrange(SWAP2), UPPER2);
      a7 = b5.rearrange(SWAP2).blend(b7, UPPER2);
      a0.blend(a1.rearrange(SWAP1), UPPER1).intoArray(to, t);
      a0.rearrange(SWAP1).blend(a1, UPPER1).intoArray(to, t + width);
      a2.blend(a3.rearrange(SWAP1), UPPER1).intoArray(to, t + 2 * width);
      a2.rearrange(SWAP1).blend(a3, UPPER1).intoArray(to, t + 3 * width);
      a4.blend(a5.rearrange(SWAP1), UPPER1).intoArray(to, t + 4 * width);
      a4.rearrange(SWAP1).blend(a5, UPPER1).intoArray(to, t + 5 * width);
      a6.blend(a7.rearrange(SWAP1), UPPER1).intoArray(to, t + 6 * width);
      a6.rearrange(SWAP1).blend(a7, UPPER1).intoArray(to, t + 7 * width);
    }
  }

  private static void turnFour(
      float[] from, int offset, int next, int depth, float[] to, int at, int width) {
    for (int k = 0, f = offset, t = at; k < depth; k += 4, f += 4, t += 4 * width) {
      FloatVector a0 = FloatVector.fromArray(FOUR, from, f);
      FloatVector a1 = FloatVector.fromArray(FOUR, from, f + next);
      FloatVector a2 = FloatVector.fromArray(FOUR, from, f + 2 * next);
      FloatVector a3 = FloatVector.fromArray(FOUR, from, f + 3 * next);
      FloatVector b0 = a0.blend(a2.rearrange(HALF_SWAP2), HALF_UPPER2);
      FloatVector b2 = a0.rearrange(HALF_SWAP2).blend(a2, HALF_UPPER2);
      FloatVector b1 = a1.blend(a3.rearrange(HALF_SWAP2), HALF_UPPER2);
      FloatVector b3 = a1.rearrange(HALF_SWAP2).blend(a3, HALF_UPPER2);
      b0.blend(b1.rearrange(HALF_SWAP1), HALF_UPPER1).intoArray(to, t);
      b0.rearrange(HALF_SWAP1).blend(b1, HALF_UPPER1).intoArray(to, t + width);
      b2.blend(b3.rearrange(HALF_SWAP1), HALF_UPPER1).intoArray(to, t + 2 * width);
      b2.rearrange(HALF_SWAP1).blend(b3, HALF_UPPER1).intoArray(to, t + 3 * width);
    }
  }
}
