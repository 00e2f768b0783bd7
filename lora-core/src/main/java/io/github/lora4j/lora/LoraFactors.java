package io.github.lora4j.lora;

import io.github.lora4j.tensor.Tensor;
import java.util.SplittableRandom;

/** Initial values of the factors as PEFT sets them: A random, B zero. */
public final class LoraFactors {
  private LoraFactors() {}

  /**
   * Kaiming-uniform with {@code a = sqrt(5)}: uniform in {@code ±1 / sqrt(in)}.
   *
   * @return {@code [r, in]}
   */
  public static Tensor kaimingUniformA(int r, int in, long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    double bound = 1 / Math.sqrt(in);
    float[] a = new float[r * in];
    for (int i = 0; i < a.length; i++) {
      a[i] = (float) ((2 * random.nextDouble() - 1) * bound);
    }
    return Tensor.of(a, r, in);
  }

  /** Zeros, {@code [out, r]}. */
  public static Tensor zeroB(int out, int r) {
    return Tensor.zeros(out, r);
  }

  /** Checks a rank against the layer that it is for. */
  public static void requireRank(int r, int in, int out, String layer) {
    if (r < 1 || r > Math.min(in, out)) {
      throw new IllegalArgumentException(
          "r is " + r + ", must be from 1 to min(in, out) = " + Math.min(in, out) + " (layer " + layer
              + ", " + out + " x " + in + ")");
    }
  }
}
