package io.github.lora4j.quant;

import java.util.Arrays;
import java.util.Locale;

/**
 * The two 4-bit types of bitsandbytes. Each has 16 values in [-1, 1], which are multiplied by the
 * largest magnitude of a block of weights.
 */
public enum QuantType {
  /** 4-bit NormalFloat: quantiles of the normal distribution (Dettmers et al., 2023, QLoRA). */
  NF4(
      -1.0f,
      -0.6961928009986877f,
      -0.5250730514526367f,
      -0.39491748809814453f,
      -0.28444138169288635f,
      -0.18477343022823334f,
      -0.09105003625154495f,
      0.0f,
      0.07958029955625534f,
      0.16093020141124725f,
      0.24611230194568634f,
      0.33791524171829224f,
      0.44070982933044434f,
      0.5626170039176941f,
      0.7229568362236023f,
      1.0f),

  /** A sign, two bits of exponent and one of mantissa; the codes are in the order of the bits. */
  FP4(
      0f,
      0.0625f / 12,
      8f / 12,
      1f,
      4f / 12,
      6f / 12,
      2f / 12,
      3f / 12,
      0f,
      -0.0625f / 12,
      -8f / 12,
      -1f,
      -4f / 12,
      -6f / 12,
      -2f / 12,
      -3f / 12);

  private final float[] values;
  private final NearestCode nearest;

  QuantType(float... values) {
    this.values = values;
    this.nearest = NearestCode.of(values);
  }

  /** The name in checkpoints and on the command line: {@code nf4}, {@code fp4}. */
  public String id() {
    return name().toLowerCase(Locale.ROOT);
  }

  /**
   * The type of an {@link #id()}.
   *
   * @throws IllegalArgumentException if there is none; the message names those there are
   */
  public static QuantType of(String id) {
    return Arrays.stream(values())
        .filter(type -> type.id().equals(id))
        .findFirst()
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    "unknown 4-bit type '" + id + "', known are nf4 and fp4"));
  }

  /** The 16 values, by code; a copy. */
  public float[] codes() {
    return values.clone();
  }

  float value(int code) {
    return values[code];
  }

  /** The code for a scaled weight. */
  int code(float scaled) {
    return nearest.code(scaled);
  }
}
