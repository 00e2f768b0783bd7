package io.github.lora4j.train;

/**
 * One epoch.
 *
 * @param epoch from 1
 * @param trainLoss mean over the epoch's labels, as they came
 * @param evaluation on the held-out examples, or null
 * @param best if this is the best epoch so far
 * @param seconds spent in training
 * @param samplesPerSecond of training
 */
public record EpochReport(
    int epoch,
    double trainLoss,
    Evaluation evaluation,
    boolean best,
    double seconds,
    double samplesPerSecond) {}
