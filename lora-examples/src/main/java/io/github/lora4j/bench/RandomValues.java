package io.github.lora4j.bench;

import java.util.SplittableRandom;

/** Values in [-0.5, 0.5) to measure with; the same for the same seed. */
final class RandomValues {
  private RandomValues() {}

  static float[] of(long seed, int count) {
    SplittableRandom random = new SplittableRandom(seed);
    float[] values = new float[count];
    for (int i = 0; i < count; i++) {
      values[i] = (float) (random.nextDouble() - 0.5);
    }
    return values;
  }
}
