package io.github.lora4j.adapter;

import io.github.lora4j.autograd.Var;
import io.github.lora4j.lora.ActiveAdapter;
import io.github.lora4j.lora.LowRank;
import io.github.lora4j.lora.Magnitude;
import io.github.lora4j.lora.SavedModule;
import io.github.lora4j.lora.TokenRows;
import io.github.lora4j.tensor.FrozenMatrix;
import io.github.lora4j.tensor.Tensor;
import java.util.HashMap;
import java.util.Map;

/** A finished adapter in the form that a model runs. Immutable and thread-safe. */
public final class InferenceAdapter implements ActiveAdapter {
  private final Map<String, LowRank> updates = new HashMap<>();
  private final Map<String, Var> biases = new HashMap<>();
  private final WholeModules whole;

  /**
   * The running form of {@code adapter}, which shares its A and B and holds the columns of B, too.
   *
   * @throws IllegalArgumentException if its A and B belong to a base from which their start was
   *     taken out; see {@link PlainForm}
   */
  public InferenceAdapter(LoraAdapter adapter) {
    this(adapter, WholeModules.of(adapter));
  }

  /** The same with whole modules that were checked against a base. */
  public InferenceAdapter(LoraAdapter adapter, WholeModules whole) {
    if (PlainForm.isNeeded(adapter)) {
      throw new IllegalArgumentException(
          "adapter '"
              + adapter.name()
              + "': init_lora_weights = "
              + adapter.config().initLoraWeights().value()
              + " took a part out of the base, so it runs over a base only as PlainForm.over makes it");
    }
    this.whole = whole;
    adapter.weights().forEach((module, w) -> updates.put(module, update(w)));
    adapter
        .biases()
        .forEach((module, bias) -> biases.put(module, Var.constant(row(bias.values()))));
  }

  private static LowRank update(LoraWeights w) {
    if (w.embedding()) {
      return new LowRank(
          Var.constant(w.sharedA()),
          Var.constant(w.sharedB()),
          w.scaling(),
          0,
          w.magnitude() == null ? null : new Magnitude(Var.constant(row(w.magnitude()))),
          null);
    }
    return LowRank.finished(
        w.sharedA(), w.sharedB(), w.scaling(), row(w.magnitude()), row(w.bias()));
  }

  private static Tensor row(float[] values) {
    return values == null ? null : Tensor.of(values, values.length);
  }

  @Override
  public LowRank lowRank(String module) {
    return updates.get(module);
  }

  @Override
  public Var bias(String module) {
    return biases.get(module);
  }

  @Override
  public SavedModule saved(String module) {
    return whole.modules().get(module);
  }

  @Override
  public TokenRows tokenRows(String module) {
    return whole.tokens().get(module);
  }

  @Override
  public FrozenMatrix baseWeight(String module) {
    return whole.bases().get(module);
  }
}
