package io.github.lora4j.quant;

import io.github.lora4j.compute.WorkerPool;
import io.github.lora4j.eightbit.DynamicMap;
import io.github.lora4j.eightbit.EightBitBlocks;

/**
 * Packs weights in 4 bits, bit for bit as bitsandbytes 0.50 does: a full block is multiplied by the
 * reciprocal of its largest magnitude, a last block that is not full is divided by it. Immutable
 * and thread-safe.
 */
public final class Quantizer {
  /** What the largest magnitude of a block is taken to be at least. */
  private static final float TINY = 1e-38f;

  private final QuantConfig config;

  /** Packs in a given way. */
  public Quantizer(QuantConfig config) {
    this.config = config;
  }

  /** How it packs. */
  public QuantConfig config() {
    return config;
  }

  /**
   * Packs a matrix.
   *
   * @param w row-major {@code [out, in]}, all finite; float16 and bfloat16 weights are widened
   * @throws IllegalArgumentException if a weight is not finite, naming its position, or the length
   *     does not fit
   */
  public FourBitWeights quantize(WorkerPool pool, float[] w, int out, int in) {
    long count = (long) out * in;
    if (out < 1 || in < 1 || w.length < count) {
      throw new IllegalArgumentException(
          "a [" + out + ", " + in + "] matrix does not fit " + w.length + " weights");
    }
    int n = (int) count;
    int blockSize = config.blockSize();
    float[] absmax = new float[blocks(count)];
    byte[] packed = new byte[(n + 1) / 2];
    part(pool, w, n, packed, absmax, 0, in);
    return new FourBitWeights(config.type(), out, in, blockSize, packed, scales(absmax));
  }

  /** Blocks of so many weights. */
  private int blocks(long weights) {
    return Math.toIntExact((weights + config.blockSize() - 1) / config.blockSize());
  }

  /**
   * Packs whole blocks of a matrix, or its end.
   *
   * @param w the weights of these blocks, from index 0 on
   * @param count of weights; a multiple of the block size unless they are the last of the matrix
   * @param packed takes the codes, from index 0 on
   * @param absmax the scales of the whole matrix, of which those of these blocks are written
   * @param first block of these
   * @param in columns of the matrix, for the message of an error
   */
  void part(
      WorkerPool pool, float[] w, int count, byte[] packed, float[] absmax, int first, int in) {
    int blockSize = config.blockSize();
    pool.forRanges(
        blocks(count),
        64,
        (from, to) -> {
          for (int b = from; b < to; b++) {
            int start = b * blockSize;
            int end = (int) Math.min(count, (long) start + blockSize);
            absmax[first + b] = block(w, start, end, (long) first * blockSize, in, packed);
          }
        });
  }

  /** The scales in the form in which they are kept. */
  Absmax scales(float[] absmax) {
    return config.doubleQuant() ? nested(absmax) : new Absmax.Plain(absmax);
  }

  /** Packs the weights of one block and returns its scale. */
  private float block(float[] w, int from, int to, long before, int in, byte[] packed) {
    float largest = 0f;
    for (int i = from; i < to; i++) {
      largest = Math.max(largest, Math.abs(w[i]));
    }
    if (!Float.isFinite(largest)) {
      throw notFinite(w, from, before, in);
    }
    float atLeast = Math.max(largest, TINY);
    boolean full = to - from == config.blockSize();
    float factor = 1f / atLeast;
    QuantType type = config.type();
    int pairs = from + (to - from) / 2 * 2;
    for (int i = from; i < pairs; i += 2) {
      float first = full ? w[i] * factor : w[i] / atLeast;
      float second = full ? w[i + 1] * factor : w[i + 1] / atLeast;
      packed[i / 2] = (byte) (type.code(clamp(first)) << 4 | type.code(clamp(second)));
    }
    if (pairs < to) {
      // The peer pads an odd number of weights with a zero.
      packed[pairs / 2] = (byte) (type.code(clamp(w[pairs] / atLeast)) << 4 | type.code(0f));
    }
    return full ? largest : atLeast;
  }

  private static float clamp(float x) {
    return Math.max(-1f, Math.min(1f, x));
  }

  private static IllegalArgumentException notFinite(float[] w, int from, long before, int in) {
    int i = from;
    while (Float.isFinite(w[i])) {
      i++;
    }
    long at = before + i;
    return new IllegalArgumentException(
        "weight " + w[i] + " at row " + at / in + ", column " + at % in + " is not finite");
  }

  /** Quantizes the scales to 8 bits around their mean. */
  private static Absmax.Nested nested(float[] absmax) {
    double sum = 0;
    for (float value : absmax) {
      sum += value;
    }
    return nested(absmax, (float) (sum / absmax.length));
  }

  static Absmax.Nested nested(float[] absmax, float offset) {
    EightBitBlocks blocks =
        EightBitBlocks.zeros(DynamicMap.SIGNED, absmax.length, QuantConfig.NESTED_BLOCK);
    // A group at a time: the scales of a large weight take hundreds of megabytes.
    float[] centred = new float[QuantConfig.NESTED_BLOCK];
    for (int b = 0; b < blocks.absmax().length; b++) {
      for (int i = 0; i < blocks.length(b); i++) {
        centred[i] = absmax[b * QuantConfig.NESTED_BLOCK + i] - offset;
      }
      blocks.write(b, centred, 0);
    }
    return new Absmax.Nested(
        blocks.codes(),
        DynamicMap.SIGNED.values(),
        blocks.absmax(),
        QuantConfig.NESTED_BLOCK,
        offset);
  }
}
