package io.github.lora4j.bench;

/** The time of the fastest of many runs: on a shared machine, the one that was disturbed least. */
final class BestOf {
  private static final long NANOS = 1_000_000_000L;
  private static final int LEAST_RUNS = 20;

  private BestOf() {}

  /** Runs {@code work} for about a second after a warm-up of half a second. */
  static double seconds(Runnable work) {
    long warm = System.nanoTime() + NANOS / 2;
    while (System.nanoTime() < warm) {
      work.run();
    }
    long best = Long.MAX_VALUE;
    long end = System.nanoTime() + NANOS;
    for (int runs = 0; runs < LEAST_RUNS || System.nanoTime() < end; runs++) {
      long start = System.nanoTime();
      work.run();
      best = Math.min(best, System.nanoTime() - start);
    }
    return best / 1e9;
  }
}
