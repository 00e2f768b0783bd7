package io.github.lora4j.models.golden;

import io.github.lora4j.adapter.InferenceAdapter;
import io.github.lora4j.adapter.LoraAdapter;
import io.github.lora4j.adapter.LoraWeights;
import io.github.lora4j.adapter.WholeModules;
import io.github.lora4j.autograd.Parameter;
import io.github.lora4j.autograd.Var;
import io.github.lora4j.lora.ActiveAdapter;
import io.github.lora4j.lora.LoraConfig;
import io.github.lora4j.lora.LowRank;
import io.github.lora4j.lora.Magnitude;
import io.github.lora4j.lora.SavedModule;
import io.github.lora4j.lora.TokenRows;
import io.github.lora4j.tensor.FrozenMatrix;
import io.github.lora4j.tensor.Tensor;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** A saved adapter with everything in it as parameters, named as in PEFT's file. */
public final class LearningAdapter implements ActiveAdapter {
  private final ActiveAdapter fixed;
  private final Map<String, LowRank> updates = new HashMap<>();
  private final Map<String, SavedModule> saved = new HashMap<>();
  private final Map<String, TokenRows> tokens = new HashMap<>();
  private final Map<String, Var> biases = new HashMap<>();
  private final List<Parameter> parameters = new ArrayList<>();

  /**
   * @param whole what it replaces, all of which learns
   */
  public LearningAdapter(LoraAdapter adapter, WholeModules whole) {
    fixed = new InferenceAdapter(adapter, whole);
    adapter.weights().forEach((module, w) -> updates.put(module, update(module, w)));
    adapter
        .biases()
        .forEach(
            (module, bias) -> {
              String name = module + (updates.containsKey(module) ? ".base_layer.bias" : ".bias");
              biases.put(module, parameter(name, bias.values(), bias.values().length));
            });
    new TreeMap<>(whole.modules())
        .descendingMap()
        .forEach((module, m) -> saved.put(module, saved(module, m, adapter.config())));
    whole
        .tokens()
        .forEach(
            (module, rows) ->
                tokens.put(
                    module,
                    new TokenRows(
                        rows.tokens(),
                        parameter(module + ".token_adapter.trainable_tokens_delta", rows.rows()))));
  }

  /** What is tied is one parameter, with the name of the embeddings. */
  private SavedModule saved(String module, SavedModule m, LoraConfig config) {
    return config.ensureWeightTying() && !saved.isEmpty()
        ? saved.values().iterator().next()
        : new SavedModule(
            parameter(module + ".weight", m.weight()), parameter(module + ".bias", m.bias()));
  }

  private LowRank update(String module, LoraWeights w) {
    String kind = w.embedding() ? ".lora_embedding_%s" : ".lora_%s.weight";
    Var a = parameter(module + kind.formatted("A"), w.a(), w.r(), w.in());
    Var b = parameter(module + kind.formatted("B"), w.b(), w.out(), w.r());
    Var magnitude = parameter(module + ".lora_magnitude_vector", w.magnitude(), w.out());
    Var bias = parameter(module + ".lora_B.bias", w.bias(), w.out());
    return new LowRank(
        a, b, w.scaling(), 0, magnitude == null ? null : new Magnitude(magnitude), bias);
  }

  private Var parameter(String name, Var value) {
    return value == null ? null : parameter(name, value.value().toArray(), value.value().shape());
  }

  private Var parameter(String name, float[] values, int... shape) {
    if (values == null) {
      return null;
    }
    Parameter parameter = new Parameter(name, Tensor.of(values, shape));
    parameters.add(parameter);
    return parameter;
  }

  /** Everything that learns. */
  public List<Parameter> parameters() {
    return parameters;
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
    return saved.get(module);
  }

  @Override
  public TokenRows tokenRows(String module) {
    return tokens.get(module);
  }

  @Override
  public FrozenMatrix baseWeight(String module) {
    return fixed.baseWeight(module);
  }
}
