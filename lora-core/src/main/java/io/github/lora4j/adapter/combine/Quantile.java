package io.github.lora4j.adapter.combine;

import java.util.Arrays;
import java.util.stream.DoubleStream;

/** A quantile of the values of two arrays, between two values on the line through them. */
final class Quantile {
  private Quantile() {}

  /**
   * Cuts all values to the range between minus the quantile and the quantile.
   *
   * @param part in [0, 1]
   */
  static void clamp(double[] a, double[] b, double part) {
    double high = of(a, b, part);
    for (double[] values : new double[][] {a, b}) {
      for (int i = 0; i < values.length; i++) {
        // As PyTorch does: the upper bound wins if it is below the lower one.
        values[i] = Math.min(Math.max(values[i], -high), high);
      }
    }
  }

  private static double of(double[] a, double[] b, double part) {
    double[] sorted = DoubleStream.concat(Arrays.stream(a), Arrays.stream(b)).sorted().toArray();
    double place = part * (sorted.length - 1);
    int below = (int) place;
    int above = Math.min(below + 1, sorted.length - 1);
    return sorted[below] + (place - below) * (sorted[above] - sorted[below]);
  }
}
