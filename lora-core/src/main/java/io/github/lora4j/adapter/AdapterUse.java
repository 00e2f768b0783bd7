package io.github.lora4j.adapter;

import java.time.Instant;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;

/**
 * What is counted for one name of a registry, over all its versions. Thread-safe; counting a call
 * neither waits nor fails.
 */
final class AdapterUse {

  private static final long STARTED_NANOS = System.nanoTime();
  private static final Instant STARTED = Instant.now();

  private final LongAdder calls = new LongAdder();
  private final LongAdder loads = new LongAdder();
  private final LongAdder evictions = new LongAdder();
  private final AtomicLong lastUse = new AtomicLong();
  private volatile boolean pinned;

  void call() {
    calls.increment();
    touch();
  }

  /** A fresh adapter counts as used just now, or it would be the first to go. */
  void load() {
    loads.increment();
    touch();
  }

  void eviction() {
    evictions.increment();
  }

  void pin(boolean stay) {
    pinned = stay;
  }

  // Ordered, not volatile: nobody waits for the store, and one that is late by a moment is as good.
  private void touch() {
    lastUse.lazySet(System.nanoTime() - STARTED_NANOS);
  }

  long calls() {
    return calls.sum();
  }

  long loads() {
    return loads.sum();
  }

  long evictions() {
    return evictions.sum();
  }

  boolean pinned() {
    return pinned;
  }

  /** Nanoseconds since some moment; only for comparison. */
  long lastUse() {
    return lastUse.get();
  }

  Instant lastUseTime() {
    return STARTED.plusNanos(lastUse.get());
  }
}
