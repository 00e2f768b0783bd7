package io.github.lora4j.models.classify;

import io.github.lora4j.adapter.SavedTensor;
import io.github.lora4j.autograd.Linear;
import io.github.lora4j.autograd.Parameter;
import io.github.lora4j.autograd.Tape;
import io.github.lora4j.autograd.Var;
import io.github.lora4j.tensor.Tensor;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

/**
 * The linear layer from a pooled text to the logits of its labels, stored under {@code
 * modules_to_save} as PEFT does.
 *
 * @param weight {@code [labels, hidden]}
 * @param bias {@code [labels]}
 */
record ClassificationHead(Var weight, Var bias) {
  /** Its name in {@code modules_to_save}. */
  static final String MODULE = "classifier";

  private static final String WEIGHT = MODULE + ".weight";
  private static final String BIAS = MODULE + ".bias";

  /** A head to train, initialised as PyTorch's {@code nn.Linear}. */
  static ClassificationHead trainable(int labels, int hidden, long seed) {
    Random random = new Random(seed);
    double bound = 1 / Math.sqrt(hidden);
    return new ClassificationHead(
        new Parameter(WEIGHT, uniform(random, bound, labels, hidden)),
        new Parameter(BIAS, uniform(random, bound, labels)));
  }

  private static Tensor uniform(Random random, double bound, int... shape) {
    Tensor tensor = Tensor.zeros(shape);
    for (int i = 0; i < tensor.size(); i++) {
      tensor.data()[i] = (float) ((2 * random.nextDouble() - 1) * bound);
    }
    return tensor;
  }

  /**
   * The head of a saved adapter.
   *
   * @throws IllegalArgumentException if it is missing or of another shape
   */
  static ClassificationHead of(
      String adapter, Map<String, SavedTensor> saved, int labels, int hidden) {
    return new ClassificationHead(
        constant(adapter, saved, WEIGHT, List.of(labels, hidden)),
        constant(adapter, saved, BIAS, List.of(labels)));
  }

  private static Var constant(
      String adapter, Map<String, SavedTensor> saved, String name, List<Integer> shape) {
    SavedTensor tensor = saved.get(name);
    if (tensor == null) {
      throw new IllegalArgumentException(
          "adapter '" + adapter + "' has no classification head: " + name + " is missing");
    }
    if (!tensor.shape().equals(shape)) {
      throw new IllegalArgumentException(
          "adapter '"
              + adapter
              + "': "
              + name
              + " has shape "
              + tensor.shape()
              + ", expected "
              + shape
              + " for its labels and this base model");
    }
    return Var.constant(
        Tensor.of(tensor.values(), shape.stream().mapToInt(Integer::intValue).toArray()));
  }

  /**
   * The logits.
   *
   * @param pooled {@code [texts, hidden]}
   * @return {@code [texts, labels]}
   */
  Var forward(Tape tape, Var pooled) {
    return Linear.apply(tape, pooled, tape.use(weight), tape.use(bias));
  }

  List<Parameter> parameters() {
    return List.of((Parameter) weight, (Parameter) bias);
  }

  /** A copy of the current values. */
  Map<String, SavedTensor> saved() {
    Map<String, SavedTensor> saved = new LinkedHashMap<>();
    saved.put(
        WEIGHT,
        new SavedTensor(
            List.of(weight.value().rows(), weight.value().cols()), weight.value().toArray()));
    saved.put(BIAS, new SavedTensor(List.of(bias.value().size()), bias.value().toArray()));
    return saved;
  }
}
