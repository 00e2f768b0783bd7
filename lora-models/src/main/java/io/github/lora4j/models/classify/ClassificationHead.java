package io.github.lora4j.models.classify;

import io.github.lora4j.adapter.SavedTensor;
import io.github.lora4j.autograd.Linear;
import io.github.lora4j.autograd.MeanPooling;
import io.github.lora4j.autograd.Parameter;
import io.github.lora4j.autograd.Tape;
import io.github.lora4j.autograd.Var;
import io.github.lora4j.tensor.Ragged;
import io.github.lora4j.tensor.Tensor;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

/**
 * The linear layer from the mean of a text's token states to the logits of its labels, stored under
 * {@code modules_to_save} as PEFT does.
 *
 * @param weight {@code [labels, hidden]}
 * @param bias {@code [labels]}
 */
record ClassificationHead(Var weight, Var bias) implements Head {
  /** Its name in {@code modules_to_save}. */
  static final String MODULE = "classifier";

  /** How adapters with this head say how token states become one vector. */
  static final String POOLING = "mean";

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
    SavedHead tensors = new SavedHead(adapter, saved);
    return new ClassificationHead(
        tensors.constant(WEIGHT, labels, hidden), tensors.constant(BIAS, labels));
  }

  @Override
  public Var pooled(Tape tape, Var hidden, Ragged batch) {
    return MeanPooling.apply(tape, hidden, batch);
  }

  @Override
  public Var logits(Tape tape, Var pooled) {
    return Linear.apply(tape, pooled, tape.use(weight), tape.use(bias));
  }

  @Override
  public String pooling() {
    return POOLING;
  }

  @Override
  public List<String> modulesToSave() {
    return List.of(MODULE);
  }

  @Override
  public List<Parameter> parameters() {
    return List.of((Parameter) weight, (Parameter) bias);
  }

  @Override
  public Map<String, SavedTensor> saved() {
    Map<String, SavedTensor> saved = new LinkedHashMap<>();
    saved.put(WEIGHT, SavedHead.copy(weight));
    saved.put(BIAS, SavedHead.copy(bias));
    return saved;
  }
}
