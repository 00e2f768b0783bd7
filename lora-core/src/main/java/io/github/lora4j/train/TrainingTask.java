package io.github.lora4j.train;

import io.github.lora4j.autograd.Parameter;
import java.util.List;

/** What is trained: examples, a loss, and the parameters that it is to be reduced by. */
public interface TrainingTask {
  /** Number of training examples. */
  int examples();

  /**
   * Tells this task from one with other settings, another model or other examples: a run is resumed
   * only where it is the same.
   */
  default String fingerprint() {
    return "";
  }

  /** What is trained, in a fixed order. */
  List<Parameter> parameters();

  /** How many labels the loss of these examples is the sum of: one each unless a task says more. */
  default int labels(int[] examples) {
    return examples.length;
  }

  /**
   * Runs examples forward and backward, and adds the gradients of the sum of their losses divided
   * by {@code divisor} to the parameters.
   *
   * @param seed of dropout
   */
  BatchLoss accumulate(int[] examples, double divisor, long seed);

  /** Evaluates the parameters as they are, or returns null if there is nothing to evaluate on. */
  Evaluation evaluate();
}
