package io.github.lora4j.compute;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.function.DoubleUnaryOperator;
import org.apache.commons.math3.special.Erf;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Values of the kernels of every set: accuracy, extreme inputs, repeatability. */
class KernelsTest {
  private static final String SETS = "io.github.lora4j.compute.KernelSets#available";

  /** Softmax over many x and one 0, which comes last so that the sum of the others is exact. */
  @ParameterizedTest
  @MethodSource(SETS)
  void exponentialOverItsRange(KernelSet set) {
    Kernels kernels = set.kernels();
    int cols = 65;
    for (double x = -86; x < 0; x += 0.01) {
      float[] row = new float[cols];
      Arrays.fill(row, (float) x);
      row[cols - 1] = 0;
      kernels.softmax(row, 0, 1, cols, cols);
      double exp = Math.exp((float) x);
      double expected = exp / (1 + (cols - 1) * exp);
      assertEquals(1, row[6] / expected, 1e-6, "exp of " + x);
      assertEquals(1, row[cols - 2] / expected, 1e-6, "exp of " + x);
    }
  }

  @ParameterizedTest
  @MethodSource(SETS)
  void geluOverItsRange(KernelSet set) {
    requireActivation(
        set,
        Activation.GELU,
        x -> x * 0.5 * Erf.erfc(-x / Math.sqrt(2)),
        x -> 0.5 * Erf.erfc(-x / Math.sqrt(2)) + x * Math.exp(-x * x / 2) / Math.sqrt(2 * Math.PI));
  }

  @ParameterizedTest
  @MethodSource(SETS)
  void geluByTanhOverItsRange(KernelSet set) {
    double a = Math.sqrt(2 / Math.PI);
    double b = 0.044715;
    requireActivation(
        set,
        Activation.GELU_TANH,
        x -> 0.5 * x * (1 + Math.tanh(a * (x + b * x * x * x))),
        x -> {
          double t = Math.tanh(a * (x + b * x * x * x));
          return 0.5 * (1 + t) + 0.5 * x * (1 - t * t) * a * (1 + 3 * b * x * x);
        });
  }

  @ParameterizedTest
  @MethodSource(SETS)
  void reluOverItsRange(KernelSet set) {
    requireActivation(set, Activation.RELU, x -> Math.max(x, 0), x -> x > 0 ? 1 : 0);
  }

  @ParameterizedTest
  @MethodSource(SETS)
  void siluOverItsRange(KernelSet set) {
    DoubleUnaryOperator sigmoid = x -> 1 / (1 + Math.exp(-x));
    Elementwise forward =
        (x, y, from, to) -> set.kernels().activate(Activation.SILU, x, y, from, to);
    requireFunction(forward, x -> x * sigmoid.applyAsDouble(x), -100, 100);
    Elementwise backward =
        (x, y, from, to) -> {
          float[] ones = new float[to];
          Arrays.fill(ones, 1f);
          set.kernels().activateBackward(Activation.SILU, x, ones, y, from, to);
        };
    DoubleUnaryOperator slope =
        x -> {
          double s = sigmoid.applyAsDouble(x);
          return s * (1 + x * (1 - s));
        };
    requireFunction(backward, slope, -100, 100);
  }

  @ParameterizedTest
  @MethodSource(SETS)
  void tanhOverItsRange(KernelSet set) {
    Elementwise forward =
        (x, y, from, to) -> set.kernels().activate(Activation.TANH, x, y, from, to);
    requireFunction(forward, Math::tanh, -12, 12);
    Elementwise backward =
        (x, y, from, to) -> {
          float[] ones = new float[x.length];
          Arrays.fill(ones, 1f);
          set.kernels().activateBackward(Activation.TANH, x, ones, y, from, to);
        };
    requireFunction(backward, v -> 1 - Math.tanh(v) * Math.tanh(v), -12, 12);
  }

  /** In float64 near zero, and as the identity and zero far from it. */
  private static void requireActivation(
      KernelSet set, Activation f, DoubleUnaryOperator function, DoubleUnaryOperator slope) {
    Elementwise forward = (x, y, from, to) -> set.kernels().activate(f, x, y, from, to);
    requireFunction(forward, function, -12, 12);
    requireFunction(forward, x -> x, 12, 1000);
    requireFunction(forward, x -> 0, -1000, -12);
    float[] ones = new float[4096];
    Arrays.fill(ones, 1f);
    Elementwise backward =
        (x, y, from, to) -> set.kernels().activateBackward(f, x, ones, y, from, to);
    requireFunction(backward, slope, -12, 12);
    requireFunction(backward, x -> 1, 12, 1000);
    requireFunction(backward, x -> 0, -1000, -12);
  }

  @FunctionalInterface
  private interface Elementwise {
    void run(float[] x, float[] y, int from, int to);
  }

  /** The absolute error is at most 2e-6, or that part of a value above 1. */
  private static void requireFunction(
      Elementwise f, DoubleUnaryOperator expected, double low, double high) {
    int count = 4096;
    float[] x = new float[count];
    for (int i = 0; i < count; i++) {
      x[i] = (float) (low + (high - low) * i / (count - 1));
    }
    float[] y = new float[count];
    f.run(x, y, 0, count - 1);
    f.run(x, y, count - 1, count);
    for (int i = 0; i < count; i++) {
      double exact = expected.applyAsDouble(x[i]);
      double allowed = 2e-6 * Math.max(1, Math.abs(exact));
      assertEquals(exact, y[i], allowed, "at " + x[i]);
    }
  }

  @ParameterizedTest
  @MethodSource(SETS)
  void softmaxOfLargeValues(KernelSet set) {
    for (int cols : new int[] {1, 3, 8, 16, 37}) {
      float[] x = new float[cols];
      Arrays.fill(x, -3e38f);
      x[cols - 1] = 3e38f;
      set.kernels().softmax(x, 0, 1, cols, cols);
      assertEquals(1f, x[cols - 1]);
      for (int i = 0; i < cols - 1; i++) {
        assertTrue(x[i] >= 0 && x[i] < 1e-37f, x[i] + " at " + i);
      }
      float[] equal = new float[cols];
      Arrays.fill(equal, 1e30f);
      set.kernels().softmax(equal, 0, 1, cols, cols);
      for (float p : equal) {
        assertEquals(1.0 / cols, p, 1e-6);
      }
    }
  }

  @ParameterizedTest
  @MethodSource(SETS)
  void softmaxOfMaskedValues(KernelSet set) {
    for (int cols : new int[] {2, 8, 16, 37}) {
      float[] x = new float[cols];
      for (int i = 0; i < cols; i += 2) {
        x[i] = Float.NEGATIVE_INFINITY;
      }
      set.kernels().softmax(x, 0, 1, cols, cols);
      for (int i = 0; i < cols; i++) {
        assertEquals(i % 2 == 0 ? 0 : 1.0 / (cols / 2), x[i], 1e-7, cols + " columns, at " + i);
      }
    }
  }

  @ParameterizedTest
  @MethodSource(SETS)
  void notANumberIsNotHidden(KernelSet set) {
    for (int cols : new int[] {1, 3, 8, 16, 37}) {
      for (int at : new int[] {0, cols / 2, cols - 1}) {
        float[] x = new float[cols];
        x[at] = Float.NaN;
        float[] p = x.clone();
        set.kernels().softmax(p, 0, 1, cols, cols);
        float[] y = new float[cols];
        float[] ones = new float[cols];
        Arrays.fill(ones, 1f);
        set.kernels().layerNorm(x, ones, ones, 1e-5f, cols, y, new float[2], 0, 1);
        for (int i = 0; i < cols; i++) {
          assertTrue(Float.isNaN(p[i]), "softmax of " + cols + " columns, NaN at " + at);
          assertTrue(Float.isNaN(y[i]), "layerNorm of " + cols + " columns, NaN at " + at);
        }
        for (Activation f : Activation.values()) {
          set.kernels().activate(f, x, y, 0, cols);
          assertTrue(Float.isNaN(y[at]), f.name());
        }
      }
    }
  }

  /** The same bits whether a kernel is interpreted or compiled: training must be repeatable. */
  @ParameterizedTest
  @MethodSource(SETS)
  void resultsStayTheSameAsTheJvmCompiles(KernelSet set) {
    Kernels kernels = set.kernels();
    int rows = 4;
    int cols = 83;
    float[] x = new float[rows * cols];
    float[] gamma = new float[cols];
    for (int i = 0; i < x.length; i++) {
      x[i] = (float) Math.sin(i * 0.7);
      gamma[i % cols] = (float) Math.cos(i * 0.3);
    }
    float[] first = allRowKernels(kernels, x, gamma, rows, cols);
    for (int i = 0; i < 6_000; i++) {
      float[] next = allRowKernels(kernels, x, gamma, rows, cols);
      if (!Arrays.equals(first, next)) {
        assertArrayEquals(first, next, 0f, "run " + i);
      }
    }
  }

  private static float[] allRowKernels(Kernels k, float[] x, float[] gamma, int rows, int cols) {
    int n = rows * cols;
    float[] all = new float[5 * n];
    float[] stats = new float[2 * rows];
    float[] part = new float[n];
    k.layerNorm(x, gamma, gamma, 1e-5f, cols, part, stats, 0, rows);
    System.arraycopy(part, 0, all, 0, n);
    k.layerNormBackward(x, gamma, stats, all, cols, part, false, 0, rows);
    System.arraycopy(part, 0, all, n, n);
    float[] p = x.clone();
    k.softmax(p, 0, rows, cols, cols);
    System.arraycopy(p, 0, all, 2 * n, n);
    k.softmaxBackward(p, 0, part, 0, rows, cols, cols, 1f);
    System.arraycopy(part, 0, all, 3 * n, n);
    k.activate(Activation.GELU, x, part, 0, n);
    System.arraycopy(part, 0, all, 4 * n, n);
    return all;
  }
}
