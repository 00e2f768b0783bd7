package io.github.lora4j.optim;

import java.util.Locale;

/**
 * How the learning rate changes over a run, after a warm-up in which it rises linearly from 0; as
 * in transformers' {@code get_*_schedule_with_warmup}.
 */
public enum Schedule {
  /** Stays. */
  CONSTANT,
  /** Falls linearly to 0. */
  LINEAR,
  /** Falls to 0 along half a cosine. */
  COSINE;

  /**
   * The factor of the learning rate for a step.
   *
   * @param step from 0
   * @param warmupSteps at least 0
   * @param totalSteps of the run, warm-up included
   * @return in [0, 1]
   */
  public double factor(long step, long warmupSteps, long totalSteps) {
    if (step < 0 || warmupSteps < 0 || totalSteps < 0) {
      throw new IllegalArgumentException(
          "step "
              + step
              + ", warm-up "
              + warmupSteps
              + " and total "
              + totalSteps
              + " must not be negative");
    }
    if (step < warmupSteps) {
      return (double) step / Math.max(1, warmupSteps);
    }
    double remaining = Math.max(1, totalSteps - warmupSteps);
    return switch (this) {
      case CONSTANT -> 1;
      case LINEAR -> Math.max(0, (totalSteps - step) / remaining);
      case COSINE ->
          Math.max(0, 0.5 * (1 + Math.cos(Math.PI * ((step - warmupSteps) / remaining))));
    };
  }

  /** The schedule with this name, in any case. */
  public static Schedule of(String name) {
    for (Schedule schedule : values()) {
      if (schedule.name().equalsIgnoreCase(name)) {
        return schedule;
      }
    }
    throw new IllegalArgumentException(
        "unknown schedule '" + name + "', known are constant, linear and cosine");
  }

  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }
}
