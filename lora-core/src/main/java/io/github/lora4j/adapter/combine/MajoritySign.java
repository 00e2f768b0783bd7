package io.github.lora4j.adapter.combine;

import java.util.Arrays;
import java.util.Locale;

/** How TIES elects the sign of a value, PEFT's {@code majority_sign_method}. */
public enum MajoritySign {
  /** The sign of the sum. */
  TOTAL,
  /** The sign that more values have. */
  FREQUENCY;

  /** PEFT's name. */
  public String value() {
    return name().toLowerCase(Locale.ROOT);
  }

  /**
   * The method of PEFT's name.
   *
   * @throws IllegalArgumentException if there is none of it; the message has all
   */
  public static MajoritySign of(String value) {
    return Arrays.stream(values())
        .filter(method -> method.value().equals(value))
        .findFirst()
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    "majority_sign_method = " + value + " is none of total, frequency"));
  }
}
