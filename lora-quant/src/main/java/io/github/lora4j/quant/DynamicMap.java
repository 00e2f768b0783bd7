package io.github.lora4j.quant;

import java.util.Arrays;

/**
 * The 256 values of bitsandbytes' signed dynamic 8-bit type (Dettmers, 2015, 8-Bit Approximations
 * for Parallelism in Deep Learning): a sign, an exponent of variable length, and a linear fraction
 * of what is left.
 */
final class DynamicMap {
  private static final int EXPONENT_BITS = 7;
  private static final int GRID = 65535;
  private static final float[] VALUES = values();
  private static final byte[] NEAREST = nearest();

  private DynamicMap() {}

  /** The values in ascending order; not to be written to. */
  static float[] signed() {
    return VALUES;
  }

  /**
   * The code of a value in [-1, 1]: that of the nearest of 65536 evenly spaced ones, as
   * bitsandbytes finds it on the CPU. Near zero the type is finer than this grid.
   */
  static byte code(float scaled) {
    return NEAREST[(int) ((scaled + 1f) * (GRID / 2f) + 0.5f)];
  }

  private static byte[] nearest() {
    byte[] nearest = new byte[GRID + 1];
    int code = 0;
    for (int i = 0; i <= GRID; i++) {
      double value = 2.0 * i / GRID - 1;
      while (code < 255 && value > ((double) VALUES[code] + VALUES[code + 1]) / 2) {
        code++;
      }
      nearest[i] = (byte) code;
    }
    return nearest;
  }

  private static float[] values() {
    float[] values = new float[256];
    int at = 0;
    for (int i = 0; i < EXPONENT_BITS; i++) {
      // 10 to a negative power as Python rounds it, then float32 as the peer's tensors are.
      float power = (float) Double.parseDouble("1e" + (i - EXPONENT_BITS + 1));
      float[] limits = linspace(0.1f, 1f, (1 << i) + 1);
      for (int j = 0; j + 1 < limits.length; j++) {
        float value = power * ((limits[j] + limits[j + 1]) / 2f);
        values[at++] = value;
        values[at++] = -value;
      }
    }
    values[at++] = 0f;
    values[at] = 1f;
    Arrays.sort(values);
    return values;
  }

  /** Evenly spaced values, from both ends towards the middle, rounded once as in PyTorch. */
  private static float[] linspace(float from, float to, int count) {
    float step = (to - from) / (count - 1);
    float[] values = new float[count];
    for (int i = 0; i < count; i++) {
      values[i] = i < count / 2 ? Math.fma(step, i, from) : Math.fma(-step, count - i - 1, to);
    }
    return values;
  }
}
