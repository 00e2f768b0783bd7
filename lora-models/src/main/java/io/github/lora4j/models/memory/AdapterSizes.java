package io.github.lora4j.models.memory;

import io.github.lora4j.adapter.ModuleShape;
import io.github.lora4j.adapter.TrainableAdapter;
import io.github.lora4j.lora.LoraConfig;
import io.github.lora4j.memory.ShapeOps.Update;
import io.github.lora4j.models.weights.WeightFormat;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** What an adapter in training takes, from its configuration. Immutable and thread-safe. */
public final class AdapterSizes {
  private final LoraConfig config;
  private final Map<String, ModuleShape> modules = new LinkedHashMap<>();

  /**
   * @param targets that an adapter can have, by name
   * @throws IllegalArgumentException if none is targeted
   */
  public AdapterSizes(LoraConfig config, Map<String, ModuleShape> targets) {
    this.config = config;
    TrainableAdapter.targets(config, targets).forEach(name -> modules.put(name, targets.get(name)));
  }

  /** The targeted modules. */
  public Map<String, ModuleShape> modules() {
    return Map.copyOf(modules);
  }

  /** The updates of linear layers by module. */
  public Map<String, Update> updates() {
    Map<String, Update> updates = new LinkedHashMap<>();
    modules.forEach(
        (name, shape) ->
            updates.put(
                name,
                Update.of(shape, config.rank(name), config.loraDropout() > 0, config.useDora())));
    return updates;
  }

  /**
   * The number of values of each parameter, in the order of a {@code TrainableAdapter}.
   *
   * @param biases values of the bias of each linear module and norm of the base
   */
  public List<Integer> parameters(List<Integer> biases) {
    List<Integer> sizes = new ArrayList<>();
    modules.forEach(
        (name, shape) -> {
          int r = config.rank(name);
          sizes.add(r * shape.in());
          sizes.add(shape.out() * r);
          if (config.useDora()) {
            sizes.add(shape.out());
          }
          if (config.loraBias()) {
            sizes.add(shape.out());
          }
        });
    switch (config.bias()) {
      case "all" -> sizes.addAll(biases);
      case "lora_only" -> modules.values().forEach(shape -> sizes.add(shape.out()));
      default -> {}
    }
    return sizes;
  }

  /**
   * Bytes of what is trained over in the place of float32 weights, or beside weights in fewer bits,
   * where A and B start as a part of them.
   */
  public long residualBytes(WeightFormat format) {
    if (!config.initLoraWeights().takesFromBase()) {
      return 0;
    }
    long bytes = 0;
    for (Map.Entry<String, ModuleShape> entry : modules.entrySet()) {
      ModuleShape shape = entry.getValue();
      long factors = (long) Float.BYTES * config.rank(entry.getKey()) * (shape.in() + shape.out());
      long dense = (long) Float.BYTES * shape.out() * shape.in();
      boolean copied = format.bytes(shape.out(), shape.in()) >= dense;
      bytes += factors + (copied ? dense : factors);
    }
    return bytes;
  }
}
