package io.github.lora4j.optim;

/**
 * The constants of {@link AdamW}; names, ranges and defaults are PyTorch's.
 *
 * @param beta1 decay of the first moment, in [0, 1)
 * @param beta2 decay of the second moment, in [0, 1)
 * @param eps added to the denominator, at least 0
 * @param weightDecay decoupled weight decay, at least 0
 * @param loraPlusRatio by how much faster B learns than A (LoRA+), at least 1; 1 for as fast
 */
public record AdamWConfig(
    double beta1, double beta2, double eps, double weightDecay, double loraPlusRatio) {
  /** PyTorch's defaults: 0.9, 0.999, 1e-8, 0.01. */
  public static final AdamWConfig DEFAULT = new AdamWConfig(0.9, 0.999, 1e-8, 0.01);

  /** Everything learns at the same rate. */
  public AdamWConfig(double beta1, double beta2, double eps, double weightDecay) {
    this(beta1, beta2, eps, weightDecay, 1);
  }

  /** Checks the ranges. */
  public AdamWConfig {
    require(beta1 >= 0 && beta1 < 1, "beta1", beta1, "in [0, 1)");
    require(beta2 >= 0 && beta2 < 1, "beta2", beta2, "in [0, 1)");
    require(eps >= 0 && Double.isFinite(eps), "eps", eps, "at least 0");
    require(
        weightDecay >= 0 && Double.isFinite(weightDecay),
        "weight_decay",
        weightDecay,
        "at least 0");
    require(
        loraPlusRatio >= 1 && Double.isFinite(loraPlusRatio),
        "loraplus_lr_ratio",
        loraPlusRatio,
        "at least 1");
  }

  /** The same with another weight decay. */
  public AdamWConfig withWeightDecay(double decay) {
    return new AdamWConfig(beta1, beta2, eps, decay, loraPlusRatio);
  }

  /** The same with another ratio of LoRA+. */
  public AdamWConfig withLoraPlusRatio(double ratio) {
    return new AdamWConfig(beta1, beta2, eps, weightDecay, ratio);
  }

  private static void require(boolean holds, String name, double value, String range) {
    if (!holds) {
      throw new IllegalArgumentException(name + " is " + value + ", must be " + range);
    }
  }
}
