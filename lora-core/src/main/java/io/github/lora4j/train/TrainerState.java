package io.github.lora4j.train;

import java.util.List;

/**
 * Where a run stands, but for the numbers of its parameters and optimiser.
 *
 * @param config of the run
 * @param task fingerprint of what is trained
 * @param examples number of training examples
 * @param epoch that is in progress, from 1
 * @param stepsDone of this epoch
 * @param step steps taken
 * @param lossSum of this epoch so far
 * @param labels of this epoch so far
 * @param seconds of training in this epoch so far
 * @param epochs those that are complete
 * @param bestEpoch from 1, or 0
 * @param metricsLines lines of metrics.jsonl that belong to this state
 */
record TrainerState(
    TrainingConfig config,
    String task,
    int examples,
    int epoch,
    int stepsDone,
    long step,
    double lossSum,
    long labels,
    double seconds,
    List<EpochReport> epochs,
    int bestEpoch,
    long metricsLines) {

  /**
   * Checks that the counts agree, so that a damaged state is not continued.
   *
   * @throws IllegalArgumentException if they do not
   */
  TrainerState {
    epochs = List.copyOf(epochs);
    int complete = epochs.size();
    require(epoch == complete + 1, "epoch", epoch);
    require(bestEpoch <= complete && (bestEpoch > 0) == (complete > 0), "bestEpoch", bestEpoch);
    long perStep = (long) config.batchSize() * config.accumulationSteps();
    long stepsPerEpoch = (examples + perStep - 1) / perStep;
    require(stepsDone >= 0 && stepsDone < stepsPerEpoch, "stepsDone", stepsDone);
    require(step == complete * stepsPerEpoch + stepsDone, "step", step);
    require(metricsLines == step + complete, "metricsLines", metricsLines);
  }

  private static void require(boolean holds, String field, long value) {
    if (!holds) {
      throw new IllegalArgumentException(field + " is " + value + ", which the rest contradicts");
    }
  }
}
