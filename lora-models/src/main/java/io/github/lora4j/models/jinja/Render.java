package io.github.lora4j.models.jinja;

import java.time.Clock;

/** What one rendering may still use up, and its clock. Not thread-safe: each rendering has one. */
final class Render {
  private static final int MAX_DEPTH = 100;

  private final JinjaLimits limits;
  private final Clock clock;
  private long steps;
  private int depth;

  Render(JinjaLimits limits, Clock clock) {
    this.limits = limits;
    this.clock = clock;
  }

  Clock clock() {
    return clock;
  }

  void step() {
    spend(1);
  }

  /** Counts work: one per evaluation, and one per element or character of what is made. */
  void spend(long work) {
    steps += work;
    if (steps > limits.steps()) {
      throw new JinjaException("stopped after " + limits.steps() + " steps");
    }
  }

  /** Counts the work of reading a text. */
  void pay(Object value) {
    if (value instanceof String text) {
      spend(text.length() / 16);
    }
  }

  /** Refuses a text of so many characters before it is made. */
  void checkLength(long characters) {
    checkTotal(characters);
    spend(characters / 16);
  }

  void checkTotal(long characters) {
    if (characters > limits.characters()) {
      throw new JinjaException("a text of more than " + limits.characters() + " characters");
    }
  }

  void enter() {
    if (++depth > MAX_DEPTH) {
      throw new JinjaException("macros call each other more than " + MAX_DEPTH + " deep");
    }
  }

  void leave() {
    depth--;
  }
}
