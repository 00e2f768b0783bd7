package io.github.lora4j.models.memory;

import io.github.lora4j.models.weights.WeightFormat;
import java.util.Arrays;
import java.util.List;
import java.util.function.ToLongFunction;

/**
 * What decides how much memory a training takes, beside model, adapter and texts.
 *
 * @param format of the frozen weights
 * @param batchSize examples that go forward together
 * @param checkpointActivations whether only the results of layers are kept
 * @param maxLength where texts are cut
 * @param optimizer bytes of the optimizer's state in memory, from the sizes of the parameters
 */
public record TrainingShape(
    WeightFormat format,
    int batchSize,
    boolean checkpointActivations,
    int maxLength,
    ToLongFunction<List<Integer>> optimizer) {

  /** The same with another batch size. */
  public TrainingShape withBatchSize(int value) {
    return new TrainingShape(format, value, checkpointActivations, maxLength, optimizer);
  }

  /** The same with activation checkpointing. */
  public TrainingShape withCheckpointing() {
    return new TrainingShape(format, batchSize, true, maxLength, optimizer);
  }

  /** The same over weights in another format. */
  public TrainingShape withFormat(WeightFormat value) {
    return new TrainingShape(value, batchSize, checkpointActivations, maxLength, optimizer);
  }

  /** The same with shorter texts. */
  public TrainingShape withMaxLength(int value) {
    return new TrainingShape(format, batchSize, checkpointActivations, value, optimizer);
  }

  /** The same with another optimizer. */
  public TrainingShape withOptimizer(ToLongFunction<List<Integer>> value) {
    return new TrainingShape(format, batchSize, checkpointActivations, maxLength, value);
  }

  /** Lengths of texts as this training cuts them. */
  public int[] cut(int[] lengths) {
    return Arrays.stream(lengths).map(length -> Math.min(length, maxLength)).toArray();
  }
}
