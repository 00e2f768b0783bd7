package io.github.lora4j.bench;

import java.util.Map;

/** A benchmark that {@code lora bench} runs by its name. */
public interface Benchmark {
  /** Its name on the command line. */
  String name();

  /** True if it measures commands that pack the weights of a GGUF file unasked. */
  default boolean isLongWork() {
    return false;
  }

  /**
   * Measures.
   *
   * @return figures by name: numbers, strings, lists and maps, printed as JSON
   */
  Map<String, Object> run(BenchOptions options);
}
