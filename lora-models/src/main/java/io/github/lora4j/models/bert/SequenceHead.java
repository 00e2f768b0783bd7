package io.github.lora4j.models.bert;

import io.github.lora4j.models.weights.CheckpointWeights;
import io.github.lora4j.tensor.FrozenMatrix;
import io.github.lora4j.tensor.Tensor;
import java.util.List;
import java.util.Optional;

/**
 * The classification head that a checkpoint brings. Immutable.
 *
 * @param names of its layers
 * @param labels of its classes, in the order of the logits
 * @param denseWeight {@code [hidden, hidden]}
 * @param denseBias {@code [hidden]}
 * @param outWeight {@code [labels, hidden]}
 * @param outBias {@code [labels]}
 */
public record SequenceHead(
    HeadNames names,
    List<String> labels,
    Tensor denseWeight,
    Tensor denseBias,
    Tensor outWeight,
    Tensor outBias) {

  /**
   * Reads the head, which stays in float32 whatever the format of the encoder.
   *
   * @param labels of the classes, as {@link io.github.lora4j.models.config.ConfigFields#headLabels}
   *     gives them
   * @return nothing if there are no labels
   * @throws io.github.lora4j.checkpoint.CheckpointException if a weight is missing, of another
   *     shape, or not finite
   */
  public static Optional<SequenceHead> read(
      EncoderConfig config, List<String> labels, CheckpointWeights weights) {
    if (labels.isEmpty()) {
      return Optional.empty();
    }
    HeadNames names = config.head();
    int hidden = config.hiddenSize();
    int count = labels.size();
    return Optional.of(
        new SequenceHead(
            names,
            List.copyOf(labels),
            dense(weights, names.dense(), hidden),
            Tensor.of(weights.read(names.dense() + ".bias", hidden), hidden),
            Tensor.of(weights.read(names.out() + ".weight", count, hidden), count, hidden),
            Tensor.of(weights.read(names.out() + ".bias", count), count)));
  }

  /** BERT's pooler may be in 4 bits. */
  private static Tensor dense(CheckpointWeights weights, String name, int hidden) {
    if (!weights.isQuantized(name + ".weight")) {
      return Tensor.of(weights.read(name + ".weight", hidden, hidden), hidden, hidden);
    }
    FrozenMatrix packed = weights.matrix(name + ".weight", name, hidden, hidden);
    Tensor dense = Tensor.zeros(hidden, hidden);
    for (int row = 0; row < hidden; row++) {
      packed.decodeRow(row, dense.data(), row * hidden);
    }
    return dense;
  }
}
