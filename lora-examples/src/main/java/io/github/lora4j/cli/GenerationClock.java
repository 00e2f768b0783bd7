package io.github.lora4j.cli;

/** When the first and the last token of a text came. */
final class GenerationClock {
  private final long start = System.nanoTime();
  private long first;
  private long last = start;

  /** Text has come. */
  void token() {
    last = System.nanoTime();
    first = first == 0 ? last : first;
  }

  /** Nothing more comes. */
  void end() {
    token();
  }

  /** Tokens of the prompt per second until the first text. */
  double prefill(int promptTokens) {
    return promptTokens / ((first - start) / 1e9);
  }

  /** Tokens per second after the first. */
  double decode(int generatedTokens) {
    double seconds = (last - first) / 1e9;
    return seconds > 0 && generatedTokens > 1 ? (generatedTokens - 1) / seconds : 0;
  }
}
