package io.github.lora4j.train;

import java.util.List;

/**
 * A finished run.
 *
 * @param epochs in order, those of an earlier run that was resumed included
 * @param bestEpoch from 1: the one whose parameters were kept
 * @param steps taken over all
 * @param stoppedEarly if patience ran out
 */
public record TrainingResult(
    List<EpochReport> epochs, int bestEpoch, long steps, boolean stoppedEarly) {
  /** The report of the best epoch. */
  public EpochReport best() {
    return epochs.get(bestEpoch - 1);
  }

  /** Seconds spent in training, without evaluation. */
  public double trainingSeconds() {
    return epochs.stream().mapToDouble(EpochReport::seconds).sum();
  }
}
