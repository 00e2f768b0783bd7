package io.github.lora4j.models.weights;

import io.github.lora4j.tensor.FrozenMatrix;

/**
 * Where a model reads its weights, by the names of a Hugging Face checkpoint, with every shape and
 * value checked. Implementations are thread-safe.
 */
public interface WeightSource {
  /** The file or directory, for messages. */
  String source();

  /** True if there is a tensor of this name. */
  boolean has(String name);

  /**
   * The weight of a linear layer.
   *
   * @param name in the checkpoint
   * @param module the layer's name, as adapters target it
   * @throws io.github.lora4j.checkpoint.CheckpointException if it is missing, of another shape,
   *     damaged, not finite, or too large for the format
   */
  FrozenMatrix matrix(String name, String module, int out, int in);

  /**
   * The weight of a linear layer that the checkpoint holds the other way round, {@code [in, out]}.
   */
  FrozenMatrix transposed(String name, String module, int out, int in);

  /** Embeddings, or the weight of an output layer: never in fewer bits than the checkpoint has. */
  FrozenMatrix table(String name, int rows, int cols);

  /**
   * A tensor as float32.
   *
   * @throws io.github.lora4j.checkpoint.CheckpointException if it is missing, of another shape, or
   *     not finite
   */
  float[] read(String name, int... shape);
}
