package io.github.lora4j.cli;

/**
 * Has garbage collected before it piles up. The virtual machine collects by itself, but that of
 * Java 25 enlarges the heap first. For one thread.
 */
final class GarbageLimit {
  private final long allowed;
  private long afterCollection = used();

  /**
   * @param allowed bytes of garbage
   */
  GarbageLimit(long allowed) {
    this.allowed = allowed;
  }

  private static long used() {
    return Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory();
  }

  /** Collects if there may be more. */
  void check() {
    if (used() - afterCollection > allowed) {
      System.gc();
      afterCollection = used();
    }
  }
}
