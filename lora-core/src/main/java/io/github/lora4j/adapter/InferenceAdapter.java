package io.github.lora4j.adapter;

import io.github.lora4j.autograd.Var;
import io.github.lora4j.lora.ActiveAdapter;
import io.github.lora4j.lora.LowRank;
import io.github.lora4j.tensor.Tensor;
import java.util.HashMap;
import java.util.Map;

/** A finished adapter in the form that a model runs. Immutable and thread-safe. */
public final class InferenceAdapter implements ActiveAdapter {
  private final Map<String, LowRank> updates = new HashMap<>();

  /** The running form of {@code adapter}, with copies of its weights. */
  public InferenceAdapter(LoraAdapter adapter) {
    adapter
        .weights()
        .forEach(
            (module, w) ->
                updates.put(
                    module,
                    new LowRank(
                        Var.constant(Tensor.of(w.a(), w.r(), w.in())),
                        Var.constant(Tensor.of(w.b(), w.out(), w.r())),
                        w.scaling(),
                        0)));
  }

  @Override
  public LowRank lowRank(String module) {
    return updates.get(module);
  }
}
