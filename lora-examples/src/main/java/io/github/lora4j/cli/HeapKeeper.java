package io.github.lora4j.cli;

import io.github.lora4j.train.EpochReport;
import io.github.lora4j.train.StepReport;
import io.github.lora4j.train.TrainingListener;

/**
 * Has garbage collected before it piles up. The virtual machine collects by itself, but that of
 * Java 25 enlarges the heap first.
 */
final class HeapKeeper implements TrainingListener {
  /** What the young generation holds comes and goes. */
  private static final long YOUNG = 16 << 20;

  private final long allowed;
  private final TrainingListener next;
  private long afterCollection = used();

  /**
   * @param allowed bytes of garbage in the old generation
   * @param next is told everything too
   */
  HeapKeeper(long allowed, TrainingListener next) {
    this.allowed = YOUNG + allowed;
    this.next = next;
  }

  private static long used() {
    return Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory();
  }

  @Override
  public void onStart(long stepsDone, long totalSteps) {
    next.onStart(stepsDone, totalSteps);
  }

  @Override
  public void onStep(StepReport report) {
    if (used() - afterCollection > allowed) {
      System.gc();
      afterCollection = used();
    }
    next.onStep(report);
  }

  @Override
  public void onEpoch(EpochReport report) {
    next.onEpoch(report);
  }
}
