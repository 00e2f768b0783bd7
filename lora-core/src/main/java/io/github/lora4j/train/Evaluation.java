package io.github.lora4j.train;

/**
 * How good a model is on held-out examples.
 *
 * @param loss mean over the labels
 * @param accuracy share of right answers, in [0, 1]; NaN if the task does not measure it
 * @param examples how many were evaluated
 * @param seconds that it took
 */
public record Evaluation(double loss, double accuracy, int examples, double seconds) {
  /** Examples per second. */
  public double samplesPerSecond() {
    return seconds > 0 ? examples / seconds : 0;
  }

  /** True if the task measures the accuracy. */
  public boolean hasAccuracy() {
    return !Double.isNaN(accuracy);
  }

  /** True if more answers are right, or as many or an unknown number at a lower loss. */
  public boolean betterThan(Evaluation other) {
    return other == null
        || accuracy > other.accuracy
        || (!(accuracy < other.accuracy) && loss < other.loss);
  }
}
