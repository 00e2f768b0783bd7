package io.github.lora4j.models.memory;

import io.github.lora4j.compute.FloatBuffers;
import io.github.lora4j.memory.MemoryEstimate;
import io.github.lora4j.memory.RuntimeMemory;

/** Estimates what a training takes, before its base is loaded. Thread-safe. */
public interface TaskMemory {
  /** Values, gradients, the best epoch's values and those that are saved. */
  int COPIES = 4;

  /**
   * The estimate.
   *
   * @param runtime of the process
   */
  MemoryEstimate estimate(TrainingShape shape, RuntimeMemory runtime);

  /** Makes the buffers of the largest batch in advance, so that they do not grow to it. */
  void reserve(TrainingShape shape, FloatBuffers buffers);

  /** The most tokens of an example: to cut longer ones changes nothing. */
  int longest();

  /** False if the texts cannot be trained on in this shape, cut as it says. */
  default boolean allows(TrainingShape shape) {
    return true;
  }

  /** Bytes of so many trained values, with what is held of each beside the optimizer's state. */
  static long adapterBytes(long values) {
    return COPIES * Float.BYTES * values;
  }
}
