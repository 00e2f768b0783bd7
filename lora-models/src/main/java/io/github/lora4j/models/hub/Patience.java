package io.github.lora4j.models.hub;

import java.time.Duration;

/**
 * How long to wait for a server.
 *
 * @param attempts in a row that may fail without a new byte
 * @param delay before the second attempt, twice as long before each further one
 * @param silence after which a connection without a byte counts as failed
 */
record Patience(int attempts, Duration delay, Duration silence) {
  private static final int MOST_DOUBLINGS = 4;

  /** For the internet. */
  static final Patience DEFAULT = new Patience(5, Duration.ofSeconds(1), Duration.ofSeconds(30));

  /** How long to wait after so many failures. */
  Duration delayAfter(int failures) {
    return delay.multipliedBy(1L << Math.min(failures - 1, MOST_DOUBLINGS));
  }
}
