package io.github.lora4j.autograd;

import io.github.lora4j.tensor.Tensor;
import java.util.SplittableRandom;

/** Test data that depends on a name only. */
public final class Random64 {
  private final SplittableRandom random;

  private Random64(long seed) {
    random = new SplittableRandom(seed);
  }

  public static Random64 of(String name) {
    return new Random64(name.hashCode() * 0x9E3779B97F4A7C15L);
  }

  /** Values with about the given standard deviation. */
  public float[] floats(int count, double scale) {
    float[] values = new float[count];
    for (int i = 0; i < count; i++) {
      double sum = -6;
      for (int j = 0; j < 12; j++) {
        sum += random.nextDouble();
      }
      values[i] = (float) (scale * sum);
    }
    return values;
  }

  public Tensor matrix(int rows, int cols, double scale) {
    return Tensor.of(floats(rows * cols, scale), rows, cols);
  }

  /** Indices in {@code [0, bound)}. */
  public int[] indices(int count, int bound) {
    return random.ints(count, 0, bound).toArray();
  }

  /** A dropout mask: 0 with probability p, else {@code 1 / (1 - p)}. */
  public float[] mask(int count, double p) {
    float[] mask = new float[count];
    for (int i = 0; i < count; i++) {
      mask[i] = random.nextDouble() < p ? 0f : (float) (1 / (1 - p));
    }
    return mask;
  }
}
