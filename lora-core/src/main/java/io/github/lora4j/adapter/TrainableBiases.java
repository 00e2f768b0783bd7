package io.github.lora4j.adapter;

import io.github.lora4j.autograd.Parameter;
import io.github.lora4j.lora.LoraConfig;
import io.github.lora4j.tensor.Tensor;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The biases of the base that are trained beside A and B: PEFT's {@code bias} all or lora_only.
 * They start as the base has them. For one training loop at a time.
 */
final class TrainableBiases {
  private static final String SUFFIX = ".bias";

  private final Map<String, Parameter> biases = new LinkedHashMap<>();

  /**
   * Those of a configuration.
   *
   * @param base the biases of the base by module, linear modules and norms
   * @param targets modules with A and B
   * @throws IllegalArgumentException if biases are to be trained and there is none
   */
  TrainableBiases(LoraConfig config, Map<String, float[]> base, Collection<String> targets) {
    if (config.bias().equals("none")) {
      return;
    }
    boolean all = config.bias().equals("all");
    base.forEach(
        (module, values) -> {
          if (all || targets.contains(module)) {
            Tensor start = Tensor.of(values.clone(), values.length);
            biases.put(module, new Parameter(module + SUFFIX, start));
          }
        });
    if (biases.isEmpty()) {
      throw new IllegalArgumentException(
          "bias = "
              + config.bias()
              + ", but "
              + (all ? "the base has no biases" : "none of the targeted modules has a bias"));
    }
  }

  /** That of a module, or null if it stays. */
  Parameter get(String module) {
    return biases.get(module);
  }

  List<Parameter> parameters() {
    return new ArrayList<>(biases.values());
  }

  /** A copy of the current values, by module. */
  Map<String, SavedTensor> tensors() {
    Map<String, SavedTensor> tensors = new LinkedHashMap<>();
    biases.forEach(
        (module, bias) ->
            tensors.put(
                module, new SavedTensor(List.of(bias.value().size()), bias.value().toArray())));
    return tensors;
  }
}
