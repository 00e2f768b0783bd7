package io.github.lora4j.train;

/** Is told how training goes, by the thread that trains. */
public interface TrainingListener {
  /** Does nothing. */
  TrainingListener NONE = new TrainingListener() {};

  /** Training begins or, after {@code stepsDone} steps, continues. */
  default void onStart(long stepsDone, long totalSteps) {}

  /** A step was taken. */
  default void onStep(StepReport report) {}

  /** An epoch has ended and been evaluated. */
  default void onEpoch(EpochReport report) {}
}
