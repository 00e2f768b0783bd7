package io.github.lora4j.eightbit;

import java.util.Arrays;

/**
 * The 256 values of a dynamic 8-bit type of bitsandbytes (Dettmers, 2015, 8-Bit Approximations for
 * Parallelism in Deep Learning): an exponent of variable length, a linear fraction of what is left,
 * and a sign or one more bit of fraction. Immutable and thread-safe.
 */
public final class DynamicMap {
  /** Values in [-0.993, 1], bitsandbytes' {@code create_dynamic_map(signed=True)}. */
  public static final DynamicMap SIGNED = new DynamicMap(true);

  /** Values in [0, 1], bitsandbytes' {@code create_dynamic_map(signed=False)}. */
  public static final DynamicMap UNSIGNED = new DynamicMap(false);

  private static final int EXPONENT_BITS = 7;
  private static final int GRID = 65535;

  private final float[] values;
  private final byte[] nearest;

  private DynamicMap(boolean signed) {
    values = values(signed);
    nearest = nearest(values);
  }

  /** A copy of the 256 values, in ascending order: the value of each code, taken as unsigned. */
  public float[] values() {
    return values.clone();
  }

  /**
   * The code of a value: that of the nearest of 65536 evenly spaced ones, as bitsandbytes finds it
   * on the CPU. Near zero the type is finer than this grid.
   *
   * @param scaled in [-1, 1] for the signed type, in [0, 1] for the other; not a number gives 0
   */
  byte code(float scaled) {
    return nearest[(int) ((scaled + 1f) * (GRID / 2f) + 0.5f)];
  }

  /** The value of a code. */
  float value(byte code) {
    return values[code & 255];
  }

  /**
   * Quantizes one block of finite values.
   *
   * @param values the block, {@code count} values from {@code from}
   * @param codes receives one code per value, from {@code codesFrom}
   * @return the largest magnitude, which decoding needs
   */
  public float quantize(float[] values, int from, int count, byte[] codes, int codesFrom) {
    float largest = 0f;
    for (int i = 0; i < count; i++) {
      largest = Math.max(largest, Math.abs(values[from + i]));
    }
    // In a block of zeros every scaled value is not a number and gets code 0, as in the peer.
    float factor = 1f / largest;
    for (int i = 0; i < count; i++) {
      float scaled = values[from + i] * factor;
      codes[codesFrom + i] = code(Math.max(-1f, Math.min(1f, scaled)));
    }
    return largest;
  }

  /**
   * Decodes one block.
   *
   * @param codes the block, {@code count} codes from {@code codesFrom}
   * @param absmax what {@link #quantize} returned for it
   * @param values receives the values, from {@code from}
   */
  public void dequantize(
      byte[] codes, int codesFrom, int count, float absmax, float[] values, int from) {
    for (int i = 0; i < count; i++) {
      values[from + i] = value(codes[codesFrom + i]) * absmax;
    }
  }

  private static byte[] nearest(float[] values) {
    byte[] nearest = new byte[GRID + 1];
    // In float32, as the peer's codes show: in double one point is nearer to another code.
    float step = 2f / GRID;
    int code = 0;
    for (int i = 0; i <= GRID; i++) {
      float value = i * step - 1f;
      while (code < 255 && value > ((double) values[code] + values[code + 1]) / 2) {
        code++;
      }
      nearest[i] = (byte) code;
    }
    return nearest;
  }

  private static float[] values(boolean signed) {
    float[] values = new float[256];
    int at = 0;
    for (int i = 0; i < EXPONENT_BITS; i++) {
      // 10 to a negative power as Python rounds it, then float32 as the peer's tensors are.
      float power = (float) Double.parseDouble("1e" + (i - EXPONENT_BITS + 1));
      float[] limits = linspace(0.1f, 1f, (1 << (signed ? i : i + 1)) + 1);
      for (int j = 0; j + 1 < limits.length; j++) {
        float value = power * ((limits[j] + limits[j + 1]) / 2f);
        values[at++] = value;
        if (signed) {
          values[at++] = -value;
        }
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
