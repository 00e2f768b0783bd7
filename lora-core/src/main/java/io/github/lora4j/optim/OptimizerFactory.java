package io.github.lora4j.optim;

import io.github.lora4j.autograd.Parameter;
import java.nio.file.Path;
import java.util.List;

/** Makes the optimizer of a run, for instance {@code AdamW8bit::new}. */
@FunctionalInterface
public interface OptimizerFactory {
  /** An optimizer that has not taken a step; the caller closes it. */
  Optimizer create(List<Parameter> parameters, AdamWConfig config);

  /** {@link PagedAdamW} with these settings. */
  static OptimizerFactory pagedAdamW(Path folder, long memoryBudget) {
    return (parameters, config) -> new PagedAdamW(parameters, config, folder, memoryBudget);
  }
}
