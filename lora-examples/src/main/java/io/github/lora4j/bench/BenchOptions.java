package io.github.lora4j.bench;

import io.github.lora4j.models.weights.WeightFormat;
import java.nio.file.Path;
import java.util.function.Consumer;

/**
 * What a benchmark is told.
 *
 * @param threads to compute on, at least 1
 * @param log takes lines about how it goes
 * @param model a checkpoint for benchmarks of a model; null if none was given
 * @param format how a model holds its weights; null for what the benchmark takes by itself
 */
public record BenchOptions(int threads, Consumer<String> log, Path model, WeightFormat format) {

  /** Options of a benchmark that needs no model. */
  public BenchOptions(int threads, Consumer<String> log) {
    this(threads, log, null, null);
  }

  /**
   * The model.
   *
   * @throws IllegalArgumentException if none was given
   */
  Path requireModel() {
    if (model == null) {
      throw new IllegalArgumentException("this benchmark needs --model");
    }
    return model;
  }
}
