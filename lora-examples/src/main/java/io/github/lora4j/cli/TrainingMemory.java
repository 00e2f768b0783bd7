package io.github.lora4j.cli;

import io.github.lora4j.compute.FloatBuffers;
import io.github.lora4j.memory.MemoryBudget;
import io.github.lora4j.memory.MemoryEstimate;
import io.github.lora4j.memory.RuntimeMemory;
import io.github.lora4j.models.memory.TaskMemory;
import io.github.lora4j.models.memory.TrainingShape;
import io.github.lora4j.optim.Optimizer;
import io.github.lora4j.optim.OptimizerFactory;
import io.github.lora4j.train.TrainingListener;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.StringJoiner;

/** The memory of one training: estimated and checked before it, counted after it. */
final class TrainingMemory {
  private static final double MEGABYTE = 1 << 20;

  /** Garbage may take this part of the whole: with less, a twentieth of the time is collecting. */
  private static final int GARBAGE = 12;

  /** The same where there is a budget to keep to. */
  private static final int GARBAGE_IN_BUDGET = 32;

  private final TaskMemory memory;
  private final TrainingShape shape;
  private final MemoryEstimate estimate;
  private final MemoryBudget budget;
  private long optimizerBytes;

  private TrainingMemory(
      TaskMemory memory, TrainingShape shape, MemoryEstimate estimate, MemoryBudget budget) {
    this.memory = memory;
    this.shape = shape;
    this.estimate = estimate;
    this.budget = budget;
  }

  /**
   * Estimates and checks.
   *
   * @param budget or null
   * @throws IllegalStateException if it does not fit; the message says what would
   */
  static TrainingMemory check(
      TaskMemory memory, TrainingShape shape, int accumulationSteps, MemoryBudget budget) {
    RuntimeMemory runtime = MeasuredRuntime.get();
    MemoryEstimate estimate = memory.estimate(shape, runtime);
    if (budget != null && !budget.fits(estimate)) {
      MemoryAdvice advice = new MemoryAdvice(shape, accumulationSteps, memory, runtime);
      throw new IllegalStateException(
          "a memory budget of "
              + MemoryBudget.words(budget.bytes())
              + " is too small: the training needs "
              + words(estimate)
              + "; "
              + advice.words(budget));
    }
    return new TrainingMemory(memory, shape, estimate, budget);
  }

  /** Takes the memory of the activations now. */
  void reserve(FloatBuffers buffers) {
    // What loading left goes before: the file that the weights came from, say.
    System.gc();
    memory.reserve(shape, buffers);
    buffers.collectAfterDropping(garbage());
  }

  private long garbage() {
    return estimate.total() / (budget == null ? GARBAGE : GARBAGE_IN_BUDGET);
  }

  /** The estimate in one line. */
  String line() {
    String limit = budget == null ? "" : " of " + MemoryBudget.words(budget.bytes());
    return "memory: about " + words(estimate) + limit;
  }

  private static String words(MemoryEstimate estimate) {
    String total = MemoryBudget.words(estimate.total());
    if (estimate.total() == estimate.loading()) {
      return total + " (while the weights are read)";
    }
    StringJoiner parts = new StringJoiner(", ", total + " (", ")");
    parts(estimate).forEach((part, bytes) -> parts.add(part + " " + MemoryBudget.words(bytes)));
    return parts.toString();
  }

  private static Map<String, Long> parts(MemoryEstimate estimate) {
    Map<String, Long> parts = new LinkedHashMap<>();
    parts.put("weights", estimate.weights());
    parts.put("adapters", estimate.adapters());
    parts.put("optimizer", estimate.optimizer());
    parts.put("activations", estimate.activations());
    parts.put("data", estimate.data());
    parts.put("runtime", estimate.runtime());
    return parts;
  }

  /** Has the heap kept small after each step. */
  TrainingListener kept(TrainingListener next) {
    return new HeapKeeper(garbage(), next);
  }

  /** A factory whose optimizer is counted. */
  OptimizerFactory counted(OptimizerFactory factory) {
    return (parameters, config) -> {
      Optimizer optimizer = factory.create(parameters, config);
      optimizerBytes = optimizer.stateBytes();
      return optimizer;
    };
  }

  /**
   * Estimate and use, in bytes.
   *
   * @param weightBytes of the base
   * @param trained values
   */
  Map<String, Object> json(long weightBytes, long trained, FloatBuffers buffers) {
    Map<String, Object> estimated = new LinkedHashMap<>(parts(estimate));
    estimated.put("loading", estimate.loading());
    estimated.put("total", estimate.total());
    Map<String, Object> used = new LinkedHashMap<>();
    used.put("weights", weightBytes);
    used.put("adapters", TaskMemory.adapterBytes(trained));
    used.put("optimizer", optimizerBytes);
    used.put("activations", buffers.peakBytes());
    used.put("total", Math.round(PeakMemory.megabytes() * MEGABYTE));
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("budget", budget == null ? null : budget.bytes());
    json.put("estimate", estimated);
    json.put("used", used);
    return json;
  }

  /** Estimate and use in words. */
  String summary(FloatBuffers buffers) {
    return "Memory: "
        + MemoryBudget.words(estimate.total())
        + " estimated, "
        + MemoryBudget.words(Math.round(PeakMemory.megabytes() * MEGABYTE))
        + " used at the peak; activations: "
        + MemoryBudget.words(estimate.activations())
        + " estimated, "
        + MemoryBudget.words(buffers.peakBytes())
        + " used.";
  }
}
