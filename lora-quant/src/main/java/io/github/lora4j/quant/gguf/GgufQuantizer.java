package io.github.lora4j.quant.gguf;

import io.github.lora4j.compute.Compute;

/**
 * Packs weights as Q4_0, Q8_0 or F16, with the bytes that gguf-py 0.19 writes for them on x86.
 * Weights that are not finite, or too large for a half-precision scale, are refused.
 */
public final class GgufQuantizer {
  private static final int SIZE = 32;

  private GgufQuantizer() {}

  /**
   * Packs a matrix.
   *
   * @param type F16, Q4_0 or Q8_0
   * @param w row-major {@code [out, in]}; the rows are whole blocks
   * @throws IllegalArgumentException if the type is another, the length does not fit, or a weight
   *     is not finite or too large, naming its position
   */
  public static GgufMatrix quantize(Compute compute, GgufType type, float[] w, int out, int in) {
    Encoder encoder = encoder(type);
    long bytes = type.bytes(out, in);
    if (bytes > Integer.MAX_VALUE - 8 || w.length < (long) out * in) {
      throw new IllegalArgumentException(
          "a ["
              + out
              + ", "
              + in
              + "] matrix of type "
              + type
              + " does not fit "
              + w.length
              + " weights and a Java array");
    }
    byte[] data = new byte[(int) bytes];
    int size = type.blockSize();
    int rowBlocks = in / size;
    compute
        .pool()
        .forRanges(
            out,
            Math.max(1, 4096 / in),
            (from, to) -> {
              for (int b = from * rowBlocks; b < to * rowBlocks; b++) {
                if (!encoder.encode(w, b * size, data, b * type.blockBytes())) {
                  throw refused(type, w, b * size, in);
                }
              }
            });
    return new GgufMatrix(compute.kernels(), type, out, in, data);
  }

  /** Writes a block; false if it cannot be represented. */
  private interface Encoder {
    boolean encode(float[] w, int from, byte[] dst, int at);
  }

  private static Encoder encoder(GgufType type) {
    return switch (type) {
      case F16 -> GgufQuantizer::half;
      case Q4_0 -> GgufQuantizer::fourBits;
      case Q8_0 -> GgufQuantizer::eightBits;
      default ->
          throw new IllegalArgumentException(type + " cannot be written, F16, Q4_0 and Q8_0 can");
    };
  }

  private static boolean half(float[] w, int from, byte[] dst, int at) {
    if (!Half.fits(w[from])) {
      return false;
    }
    Half.put(w[from], dst, at);
    return true;
  }

  /** The weight of largest magnitude, the first of several, gets code 0: it decodes to -8 d. */
  private static boolean fourBits(float[] w, int from, byte[] dst, int at) {
    float d = w[largest(w, from)] / -8f;
    if (!Half.fits(d)) {
      return false;
    }
    Half.put(d, dst, at);
    float factor = reciprocal(d);
    for (int i = 0; i < SIZE / 2; i++) {
      int low = fourBits(w[from + i] * factor);
      int high = fourBits(w[from + i + SIZE / 2] * factor);
      dst[at + 2 + i] = (byte) (low | high << 4);
    }
    return true;
  }

  private static int fourBits(float scaled) {
    // Where the reciprocal overflowed: the peer's conversion of infinities and NaN gives 0.
    return Float.isFinite(scaled) ? Math.min(15, (int) (scaled + 8.5f)) : 0;
  }

  private static boolean eightBits(float[] w, int from, byte[] dst, int at) {
    float d = Math.abs(w[largest(w, from)]) / 127f;
    if (!Half.fits(d)) {
      return false;
    }
    Half.put(d, dst, at);
    float factor = reciprocal(d);
    for (int i = 0; i < SIZE; i++) {
      dst[at + 2 + i] = eightBits(w[from + i] * factor);
    }
    return true;
  }

  /** Rounds to nearest, ties away from zero. */
  private static byte eightBits(float scaled) {
    if (!Float.isFinite(scaled)) {
      return 0;
    }
    int down = (int) scaled;
    float rest = scaled - down;
    return (byte) (rest >= 0.5f ? down + 1 : rest <= -0.5f ? down - 1 : down);
  }

  private static float reciprocal(float d) {
    return d == 0 ? 0f : 1f / d;
  }

  /** Index of the first of the largest magnitude, or of a NaN. */
  private static int largest(float[] w, int from) {
    int largest = from;
    for (int i = from; i < from + SIZE; i++) {
      if (Float.isNaN(w[i])) {
        return i;
      }
      if (Math.abs(w[i]) > Math.abs(w[largest])) {
        largest = i;
      }
    }
    return largest;
  }

  private static IllegalArgumentException refused(GgufType type, float[] w, int from, int in) {
    int i = type == GgufType.F16 ? from : largest(w, from);
    return new IllegalArgumentException(
        "weight "
            + w[i]
            + " at row "
            + i / in
            + ", column "
            + i % in
            + (Float.isFinite(w[i]) ? " is too large for " + type : " is not finite"));
  }
}
