package io.github.lora4j.train;

import io.github.lora4j.optim.Schedule;

/**
 * How a task is trained. Names follow transformers' {@code TrainingArguments}.
 *
 * @param epochs passes over the training examples, at least 1
 * @param batchSize examples that go forward together, at least 1
 * @param accumulationSteps batches whose gradients add up to one step, at least 1
 * @param learningRate above 0
 * @param schedule how the learning rate changes
 * @param warmupRatio share of all steps in which the learning rate rises, in [0, 1]
 * @param weightDecay of AdamW, at least 0
 * @param maxGradNorm gradients are clipped to this norm; 0 for no clipping
 * @param seed of the initial values, the order of the examples and dropout
 * @param patience epochs without improvement after which training stops; 0 for never
 * @param checkpointSteps a checkpoint is written after so many steps, and after each epoch; 0 for
 *     after each epoch only
 * @param loraPlusRatio by how much faster B learns than A (LoRA+), at least 1; 1 for as fast
 */
public record TrainingConfig(
    int epochs,
    int batchSize,
    int accumulationSteps,
    double learningRate,
    Schedule schedule,
    double warmupRatio,
    double weightDecay,
    double maxGradNorm,
    long seed,
    int patience,
    int checkpointSteps,
    double loraPlusRatio) {
  /** Three epochs of batches of 32 at a constant 1e-3, clipped to norm 1. */
  public static final TrainingConfig DEFAULT =
      new TrainingConfig(3, 32, 1, 1e-3, Schedule.CONSTANT, 0, 0.01, 1, 0, 0, 0);

  /** Everything learns at the same rate. */
  public TrainingConfig(
      int epochs,
      int batchSize,
      int accumulationSteps,
      double learningRate,
      Schedule schedule,
      double warmupRatio,
      double weightDecay,
      double maxGradNorm,
      long seed,
      int patience,
      int checkpointSteps) {
    this(
        epochs,
        batchSize,
        accumulationSteps,
        learningRate,
        schedule,
        warmupRatio,
        weightDecay,
        maxGradNorm,
        seed,
        patience,
        checkpointSteps,
        1);
  }

  /** Checks the ranges. */
  public TrainingConfig {
    require(epochs >= 1, "epochs", epochs, "at least 1");
    require(batchSize >= 1, "batch_size", batchSize, "at least 1");
    require(accumulationSteps >= 1, "accumulation_steps", accumulationSteps, "at least 1");
    require(
        learningRate > 0 && Double.isFinite(learningRate),
        "learning_rate",
        learningRate,
        "above 0");
    require(warmupRatio >= 0 && warmupRatio <= 1, "warmup_ratio", warmupRatio, "in [0, 1]");
    require(
        weightDecay >= 0 && Double.isFinite(weightDecay),
        "weight_decay",
        weightDecay,
        "at least 0");
    require(
        maxGradNorm >= 0 && Double.isFinite(maxGradNorm),
        "max_grad_norm",
        maxGradNorm,
        "at least 0");
    require(patience >= 0, "patience", patience, "at least 0");
    require(checkpointSteps >= 0, "checkpoint_steps", checkpointSteps, "at least 0");
    require(
        loraPlusRatio >= 1 && Double.isFinite(loraPlusRatio),
        "loraplus_lr_ratio",
        loraPlusRatio,
        "at least 1");
  }

  /** The same with another number of epochs. */
  public TrainingConfig withEpochs(int value) {
    return new TrainingConfig(
        value,
        batchSize,
        accumulationSteps,
        learningRate,
        schedule,
        warmupRatio,
        weightDecay,
        maxGradNorm,
        seed,
        patience,
        checkpointSteps,
        loraPlusRatio);
  }

  /** The same with another learning rate. */
  public TrainingConfig withLearningRate(double value) {
    return new TrainingConfig(
        epochs,
        batchSize,
        accumulationSteps,
        value,
        schedule,
        warmupRatio,
        weightDecay,
        maxGradNorm,
        seed,
        patience,
        checkpointSteps,
        loraPlusRatio);
  }

  /** The same with another seed. */
  public TrainingConfig withSeed(long value) {
    return new TrainingConfig(
        epochs,
        batchSize,
        accumulationSteps,
        learningRate,
        schedule,
        warmupRatio,
        weightDecay,
        maxGradNorm,
        value,
        patience,
        checkpointSteps,
        loraPlusRatio);
  }

  /** The same with another ratio of LoRA+. */
  public TrainingConfig withLoraPlusRatio(double value) {
    return new TrainingConfig(
        epochs,
        batchSize,
        accumulationSteps,
        learningRate,
        schedule,
        warmupRatio,
        weightDecay,
        maxGradNorm,
        seed,
        patience,
        checkpointSteps,
        value);
  }

  private static void require(boolean holds, String name, Object value, String range) {
    if (!holds) {
      throw new IllegalArgumentException(name + " is " + value + ", must be " + range);
    }
  }
}
