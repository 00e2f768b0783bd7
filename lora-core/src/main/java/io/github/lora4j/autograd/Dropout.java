package io.github.lora4j.autograd;

import io.github.lora4j.compute.Compute;
import io.github.lora4j.tensor.Tensor;

/**
 * Inverted dropout: while training, each element is zero with probability p and divided by {@code 1
 * - p} otherwise. The mask depends on the tape's seed only, not on threads or on how a batch was
 * divided.
 */
public final class Dropout {
  private Dropout() {}

  /**
   * @param p in [0, 1)
   * @return a value of the shape of {@code x}; {@code x} itself when nothing is dropped
   */
  public static Var apply(Tape tape, Var x, double p) {
    if (!(p >= 0 && p < 1)) {
      throw new IllegalArgumentException("dropout is " + p + ", must be in [0, 1)");
    }
    if (p == 0 || !tape.recording()) {
      return x;
    }
    return apply(tape, x, mask(tape, x.value(), p));
  }

  /** Multiplies by a given mask, which holds 0 or {@code 1 / (1 - p)} for each element. */
  public static Var apply(Tape tape, Var x, float[] mask) {
    Tensor y = Tensor.of(masked(tape, x.value(), mask), x.value().rows(), x.value().cols());
    Var out = tape.result(y, x);
    tape.record(out, () -> addMasked(tape, out.grad(), mask, tape.zeroedGradOf(x).data()));
    return out;
  }

  /**
   * A new mask for {@code x}, where each element depends on the seed and its place in the batch.
   */
  static float[] mask(Tape tape, Tensor x, double p) {
    float[] mask = tape.matrix(x.rows(), x.cols()).data();
    long seed = tape.nextSeed();
    long first = (long) tape.firstRow() * x.cols();
    float keep = (float) (1 / (1 - p));
    tape.compute()
        .pool()
        .forRanges(
            x.size(),
            1 << 14,
            (from, to) -> {
              for (int i = from; i < to; i++) {
                mask[i] = uniform(seed, first + i) < p ? 0f : keep;
              }
            });
    return mask;
  }

  /** In [0, 1): the output of the SplitMix64 generator for a seed and a number of steps. */
  private static double uniform(long seed, long step) {
    long z = seed + step * 0x9E3779B97F4A7C15L;
    z = (z ^ (z >>> 30)) * 0xBF58476D1CE4E5B9L;
    z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
    return ((z ^ (z >>> 31)) >>> 11) * 0x1.0p-53;
  }

  static float[] masked(Tape tape, Tensor x, float[] mask) {
    float[] y = tape.matrix(x.rows(), x.cols()).data();
    Compute compute = tape.compute();
    compute
        .pool()
        .forRanges(
            x.size(),
            1 << 14,
            (from, to) -> compute.kernels().multiply(x.data(), mask, y, from, to));
    return y;
  }

  /** {@code dx += d * mask}; {@code d} is overwritten. */
  static void addMasked(Tape tape, Tensor d, float[] mask, float[] dx) {
    Compute compute = tape.compute();
    compute
        .pool()
        .forRanges(
            d.size(),
            1 << 14,
            (from, to) -> {
              compute.kernels().multiply(d.data(), mask, d.data(), from, to);
              compute.kernels().add(d.data(), dx, dx, from, to);
            });
  }
}
