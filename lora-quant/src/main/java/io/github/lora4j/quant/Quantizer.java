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
    float[] absmax = new float[(n + blockSize - 1) / blockSize];
    byte[] packed = new byte[(n + 1) / 2];
    pool.forRanges(
        absmax.length,
        64,
        (from, to) -> {
          for (int b = from; b < to; b++) {
            absmax[b] = block(w, b * blockSize, Math.min(n, (b + 1) * blockSize), in, packed);
          }
        });
    Absmax scales = config.doubleQuant() ? nested(absmax) : new Absmax.Plain(absmax);
    return new FourBitWeights(config.type(), out, in, blockSize, packed, scales);
  }

  /** Packs the weights of one block and returns its scale. */
  private float block(float[] w, int from, int to, int in, byte[] packed) {
    float largest = 0f;
    for (int i = from; i < to; i++) {
      largest = Math.max(largest, Math.abs(w[i]));
    }
    if (!Float.isFinite(largest)) {
      throw notFinite(w, from, in);
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

  private static IllegalArgumentException notFinite(float[] w, int from, int in) {
    int i = from;
    while (Float.isFinite(w[i])) {
      i++;
    }
    return new IllegalArgumentException(
        "weight " + w[i] + " at row " + i / in + ", column " + i % in + " is not finite");
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
    float[] centred = new float[absmax.length];
    for (int i = 0; i < centred.length; i++) {
      centred[i] = absmax[i] - offset;
    }
    EightBitBlocks blocks = EightBitBlocks.quantize(centred, QuantConfig.NESTED_BLOCK);
    return new Absmax.Nested(
        blocks.codes(),
        DynamicMap.SIGNED.values(),
        blocks.absmax(),
        QuantConfig.NESTED_BLOCK,
        offset);
  }
}
