package io.github.lora4j.autograd;

import java.util.LinkedHashMap;
import java.util.Map;

/** Numerical gradients in float64. */
final class CentralDifferences {
  private static final double STEP = 1e-5;

  private CentralDifferences() {}

  /** The gradient of {@code sum(f(in) * dy)} with respect to one input. */
  static double[] of(OpCase.Forward f, Map<String, double[]> in, String name, double[] dy) {
    Map<String, double[]> moved = new LinkedHashMap<>(in);
    double[] values = in.get(name).clone();
    moved.put(name, values);
    double[] gradient = new double[values.length];
    for (int i = 0; i < values.length; i++) {
      double value = values[i];
      values[i] = value + STEP;
      double[] above = f.apply(moved);
      values[i] = value - STEP;
      double[] below = f.apply(moved);
      values[i] = value;
      double sum = 0;
      for (int j = 0; j < dy.length; j++) {
        sum += (above[j] - below[j]) * dy[j];
      }
      gradient[i] = sum / (2 * STEP);
    }
    return gradient;
  }
}
