package io.github.lora4j.models.weights;

/** What a checkpoint says of its weights without reading them. Thread-safe while it is open. */
public interface WeightHeaders {
  /** The file or directory, for messages. */
  String source();

  /** True if there is a tensor of this name. */
  boolean has(String name);

  /**
   * Checks the shape of a tensor as it is stored, of one in 4 bits that before it was packed.
   *
   * @throws io.github.lora4j.checkpoint.CheckpointException if it is missing or of another shape
   */
  void requireShape(String name, int... shape);

  /**
   * Whether {@link #requireShape} wants the inputs of a weight as rows where the family has it so:
   * in float, as those of GPT-2, but not in 4 bits.
   */
  boolean liesTurned(String name);

  /** What a weight takes in a format. */
  WeightBytes bytes(String name, WeightFormat format, int out, int in);
}
