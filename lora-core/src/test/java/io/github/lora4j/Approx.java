package io.github.lora4j;

import io.github.lora4j.tensor.Tensor;

/** Comparison of float32 results with values of higher precision. */
public final class Approx {
  private Approx() {}

  /**
   * Compares norms, {@code |a - e| / max(|a| + |e|, floor) < tolerance}, and then each element with
   * the root mean square of the expected values as its floor.
   *
   * @param floor scale below which differences count as absolute
   * @throws AssertionError that names the first element or the norm that differs
   */
  public static void requireClose(
      String what, double[] expected, double[] actual, double tolerance, double floor) {
    if (expected.length != actual.length) {
      throw new AssertionError(
          what + ": expected " + expected.length + " elements, got " + actual.length);
    }
    double difference = 0;
    double expectedSquares = 0;
    double actualSquares = 0;
    for (int i = 0; i < expected.length; i++) {
      difference += (actual[i] - expected[i]) * (actual[i] - expected[i]);
      expectedSquares += expected[i] * expected[i];
      actualSquares += actual[i] * actual[i];
    }
    double scale = Math.max(Math.sqrt(expectedSquares) + Math.sqrt(actualSquares), floor);
    double relative = Math.sqrt(difference) / scale;
    if (!(relative < tolerance)) {
      throw new AssertionError(what + ": norms differ by " + relative + ", allowed " + tolerance);
    }
    double rms = Math.sqrt(expectedSquares / Math.max(1, expected.length));
    for (int i = 0; i < expected.length; i++) {
      double size = Math.max(Math.abs(expected[i]) + Math.abs(actual[i]), Math.max(rms, floor));
      if (!(Math.abs(actual[i] - expected[i]) < tolerance * size)) {
        throw new AssertionError(
            what
                + "["
                + i
                + "]: expected "
                + expected[i]
                + ", got "
                + actual[i]
                + " (tolerance "
                + tolerance
                + " of "
                + size
                + ")");
      }
    }
  }

  /** As above, for a tensor. */
  public static void requireClose(
      String what, double[] expected, Tensor actual, double tolerance, double floor) {
    requireClose(what, expected, widen(actual), tolerance, floor);
  }

  /** The elements of a tensor as doubles. */
  public static double[] widen(Tensor tensor) {
    return widen(tensor.toArray());
  }

  /** Float32 values as doubles. */
  public static double[] widen(float[] values) {
    double[] wide = new double[values.length];
    for (int i = 0; i < values.length; i++) {
      wide[i] = values[i];
    }
    return wide;
  }
}
