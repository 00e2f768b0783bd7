package io.github.lora4j.compute;

import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.LongVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/** Turns bytes into numbers, eight at a time. */
final class ByteDecoder {
  /** Values of a row that share a scale. */
  private static final int PART = 16;

  private static final VectorSpecies<Byte> BYTES = ByteVector.SPECIES_64;
  private static final VectorSpecies<Float> FLOATS = FloatVector.SPECIES_256;
  private static final int L = FLOATS.length();

  private static final VectorSpecies<Byte> ROWS = ByteVector.SPECIES_256;
  private static final int ROW = ROWS.length();
  private static final int TURNED = L * ROW;

  private ByteDecoder() {}

  /** As {@link CodeKernels#decodeByteRow}. */
  static void row(
      byte[] codes, float[] scales, float[] offsets, int part, int parts, float[] dst, int at) {
    // A loop for each case: vectors that meet where branches join would be put into objects.
    int t = at;
    if (offsets == null) {
      for (int p = part; p < part + parts; p++, t += PART) {
        FloatVector scale = FloatVector.broadcast(FLOATS, scales[p]);
        floats(codes, PART * p).mul(scale).intoArray(dst, t);
        floats(codes, PART * p + L).mul(scale).intoArray(dst, t + L);
      }
      return;
    }
    for (int p = part; p < part + parts; p++, t += PART) {
      FloatVector scale = FloatVector.broadcast(FLOATS, scales[p]);
      FloatVector offset = FloatVector.broadcast(FLOATS, offsets[p]);
      floats(codes, PART * p).mul(scale).add(offset).intoArray(dst, t);
      floats(codes, PART * p + L).mul(scale).add(offset).intoArray(dst, t + L);
    }
  }

  /** As {@link CodeKernels#decodeByteColumns}. */
  static void columns(
      byte[] codes,
      float[] scales,
      float[] offsets,
      int part,
      int parts,
      float[] dst,
      int at,
      int stride) {
    // Turns four squares of eight rows and columns: column 8 s + c is at 32 c + 8 s afterwards.
    exchange(codes, 4, 32, 0x00000000ffffffffL);
    exchange(codes, 2, 16, 0x0000ffff0000ffffL);
    exchange(codes, 1, 8, 0x00ff00ff00ff00ffL);
    int t = at;
    for (int square = 2 * part; square < 2 * (part + parts); square++, t += L * stride) {
      int s = square / 2 * L;
      if (offsets == null) {
        square(codes, L * square, scales, s, dst, t, stride);
      } else {
        square(codes, L * square, scales, offsets, s, dst, t, stride);
      }
    }
  }

  // Arrays are handed over and not vectors, which would be objects where a call is not inlined.

  private static void square(
      byte[] codes, int from, float[] scales, int s, float[] dst, int at, int stride) {
    FloatVector scale = FloatVector.fromArray(FLOATS, scales, s);
    for (int c = 0; c < L; c++) {
      floats(codes, from + ROW * c).mul(scale).intoArray(dst, at + c * stride);
    }
  }

  private static void square(
      byte[] codes,
      int from,
      float[] scales,
      float[] offsets,
      int s,
      float[] dst,
      int at,
      int stride) {
    FloatVector scale = FloatVector.fromArray(FLOATS, scales, s);
    FloatVector offset = FloatVector.fromArray(FLOATS, offsets, s);
    for (int c = 0; c < L; c++) {
      floats(codes, from + ROW * c).mul(scale).add(offset).intoArray(dst, at + c * stride);
    }
  }

  /**
   * Of rows that are {@code apart}, the first gives its upper and takes the lower halves of every
   * {@code 2 * bits} bits. Shifts do that on Java 17 too, where shuffles are slow.
   */
  private static void exchange(byte[] codes, int apart, int bits, long lower) {
    for (int i = 0; i < TURNED; i += 2 * apart * ROW) {
      for (int j = i; j < i + apart * ROW; j += ROW) {
        int k = j + apart * ROW;
        LongVector a = ByteVector.fromArray(ROWS, codes, j).reinterpretAsLongs();
        LongVector b = ByteVector.fromArray(ROWS, codes, k).reinterpretAsLongs();
        LongVector change =
            a.lanewise(VectorOperators.LSHR, bits).lanewise(VectorOperators.XOR, b).and(lower);
        b.lanewise(VectorOperators.XOR, change).reinterpretAsBytes().intoArray(codes, k);
        a.lanewise(VectorOperators.XOR, change.lanewise(VectorOperators.LSHL, bits))
            .reinterpretAsBytes()
            .intoArray(codes, j);
      }
    }
  }

  private static FloatVector floats(byte[] codes, int at) {
    return (FloatVector)
        ByteVector.fromArray(BYTES, codes, at).convertShape(VectorOperators.B2F, FLOATS, 0);
  }
}
