package io.github.lora4j.models.constrain;

/** Numbers of tokens that may be out of reach. */
final class Cost {
  /** More than any output has. */
  static final int INFINITE = Integer.MAX_VALUE / 4;

  private Cost() {}

  static int add(int a, int b) {
    return Math.min(INFINITE, a + b);
  }

  static int multiply(int times, int cost) {
    return (int) Math.min(INFINITE, (long) times * cost);
  }
}
