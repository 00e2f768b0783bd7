package io.github.lora4j.adapter.combine;

import java.util.Arrays;
import java.util.BitSet;

/** Selects the values of the largest magnitude. */
final class MagnitudeMask {
  private MagnitudeMask() {}

  /**
   * The largest {@code floor(density * length)} values; of equal ones the first.
   *
   * @param density in [0, 1)
   */
  static BitSet of(float[] values, double density) {
    int wanted = (int) (density * values.length);
    BitSet mask = new BitSet(values.length);
    if (wanted == 0) {
      return mask;
    }
    float[] sorted = new float[values.length];
    for (int i = 0; i < values.length; i++) {
      sorted[i] = Math.abs(values[i]);
    }
    Arrays.parallelSort(sorted);
    float least = sorted[values.length - wanted];
    int larger = 0;
    for (float value : values) {
      larger += Math.abs(value) > least ? 1 : 0;
    }
    int equalLeft = wanted - larger;
    for (int i = 0; i < values.length; i++) {
      float magnitude = Math.abs(values[i]);
      if (magnitude > least || magnitude == least && equalLeft-- > 0) {
        mask.set(i);
      }
    }
    return mask;
  }
}
