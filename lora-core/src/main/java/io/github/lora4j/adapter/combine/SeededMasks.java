package io.github.lora4j.adapter.combine;

import java.util.BitSet;
import java.util.Random;

/** The same masks for the same seed on every machine, in whatever order they are asked for. */
record SeededMasks(long seed) implements RandomMasks {
  private static final long GOLDEN_RATIO = 0x9E3779B97F4A7C15L;

  @Override
  public BitSet draw(String module, int tensor, int length, double density) {
    Random random = new Random((seed * GOLDEN_RATIO + module.hashCode()) * GOLDEN_RATIO + tensor);
    BitSet mask = new BitSet(length);
    for (int i = 0; i < length; i++) {
      if (random.nextDouble() < density) {
        mask.set(i);
      }
    }
    return mask;
  }
}
