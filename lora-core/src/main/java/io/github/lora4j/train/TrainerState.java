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
    long metricsLines) {}
