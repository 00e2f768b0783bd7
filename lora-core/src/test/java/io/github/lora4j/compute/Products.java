package io.github.lora4j.compute;

import io.github.lora4j.Approx;
import java.util.Arrays;
import java.util.SplittableRandom;

/** Matrix products in float64 for the tests, and data for them. */
final class Products {
  private Products() {}

  /** Uniform in [-1, 1). */
  static float[] random(long seed, int length) {
    SplittableRandom random = new SplittableRandom(seed);
    float[] values = new float[length];
    for (int i = 0; i < length; i++) {
      values[i] = (float) (random.nextDouble() * 2 - 1);
    }
    return values;
  }

  /** An array that is longer than the matrix in it; what follows is not a number. */
  static float[] buffer(float[] matrix) {
    float[] longer = Arrays.copyOf(matrix, matrix.length + 17);
    Arrays.fill(longer, matrix.length, longer.length, Float.NaN);
    return longer;
  }

  /** A target of undefined content. */
  static float[] undefined(int length) {
    float[] values = new float[length];
    Arrays.fill(values, Float.NaN);
    return values;
  }

  /**
   * {@code c[m, n] = start + alpha * A B}, where element (i, p) of A is at {@code i * ai + p * ap}
   * and element (p, j) of B at {@code p * bp + j * bj}.
   */
  static double[] multiply(
      int m,
      int n,
      int k,
      double alpha,
      float[] a,
      int ai,
      int ap,
      float[] b,
      int bp,
      int bj,
      float[] start) {
    double[] c = new double[m * n];
    for (int i = 0; i < m; i++) {
      for (int j = 0; j < n; j++) {
        double sum = 0;
        for (int p = 0; p < k; p++) {
          sum += (double) a[i * ai + p * ap] * b[p * bp + j * bj];
        }
        c[i * n + j] = alpha * sum + (start == null ? 0 : start[i * n + j]);
      }
    }
    return c;
  }

  /** Compares the first elements of a target and checks that nothing behind them was written. */
  static void requireProduct(String what, double[] expected, float[] actual) {
    double[] values = Approx.widen(Arrays.copyOf(actual, expected.length));
    Approx.requireClose(what, expected, values, 2e-5, 1e-1);
    for (int i = expected.length; i < actual.length; i++) {
      if (!Float.isNaN(actual[i])) {
        throw new AssertionError(what + ": wrote behind the result, at " + i);
      }
    }
  }
}
