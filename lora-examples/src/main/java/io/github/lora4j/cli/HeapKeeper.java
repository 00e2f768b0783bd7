package io.github.lora4j.cli;

import io.github.lora4j.train.EpochReport;
import io.github.lora4j.train.StepReport;
import io.github.lora4j.train.TrainingListener;

/** Keeps the heap of a training small. */
final class HeapKeeper implements TrainingListener {
  /** What the young generation holds comes and goes. */
  private static final long YOUNG = 16 << 20;

  private final GarbageLimit garbage;
  private final TrainingListener next;

  /**
   * @param allowed bytes of garbage in the old generation
   * @param next is told everything too
   */
  HeapKeeper(long allowed, TrainingListener next) {
    this.garbage = new GarbageLimit(YOUNG + allowed);
    this.next = next;
  }

  @Override
  public void onStart(long stepsDone, long totalSteps) {
    next.onStart(stepsDone, totalSteps);
  }

  @Override
  public void onStep(StepReport report) {
    garbage.check();
    next.onStep(report);
  }

  @Override
  public void onEpoch(EpochReport report) {
    next.onEpoch(report);
  }
}
