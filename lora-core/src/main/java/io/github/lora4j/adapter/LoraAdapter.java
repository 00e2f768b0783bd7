package io.github.lora4j.adapter;

import io.github.lora4j.lora.LoraConfig;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * A trained adapter: immutable data that knows nothing of a model. Thread-safe, and may be shared.
 *
 * @param name what callers choose it by, not empty
 * @param config its configuration
 * @param weights A and B by module, named as in the base checkpoint, such as {@code
 *     encoder.layer.0.attention.self.query}
 * @param savedTensors tensors of the modules to save, by name, such as {@code classifier.weight},
 *     rows of trained tokens, and the base's weight under updates of embeddings where PEFT adds it
 * @param biases what takes the place of biases of the base, by module; with {@code bias} all or
 *     lora_only
 * @param info labels and what else PEFT's files do not say
 */
public record LoraAdapter(
    String name,
    LoraConfig config,
    Map<String, LoraWeights> weights,
    Map<String, SavedTensor> savedTensors,
    Map<String, SavedTensor> biases,
    AdapterInfo info) {

  /** An adapter that leaves the biases of the base as they are. */
  public LoraAdapter(
      String name,
      LoraConfig config,
      Map<String, LoraWeights> weights,
      Map<String, SavedTensor> savedTensors,
      AdapterInfo info) {
    this(name, config, weights, savedTensors, Map.of(), info);
  }

  /**
   * Copies the maps and checks that weights and configuration agree.
   *
   * @throws IllegalArgumentException if the name is empty, there is nothing in the adapter, the
   *     rank or scaling of a module is not what the configuration says, or a saved tensor belongs
   *     to no module of {@code modules_to_save}
   */
  public LoraAdapter {
    weights = Collections.unmodifiableMap(new LinkedHashMap<>(weights));
    savedTensors = Collections.unmodifiableMap(new LinkedHashMap<>(savedTensors));
    biases = Collections.unmodifiableMap(new LinkedHashMap<>(biases));
    if (name.isEmpty()) {
      throw new IllegalArgumentException("an adapter's name is empty");
    }
    if (weights.isEmpty() && savedTensors.isEmpty()) {
      throw new IllegalArgumentException("adapter '" + name + "' has no weights");
    }
    for (Map.Entry<String, LoraWeights> entry : weights.entrySet()) {
      String module = entry.getKey();
      int rank = config.rank(module);
      if (entry.getValue().r() != rank) {
        throw new IllegalArgumentException(
            "adapter '"
                + name
                + "', module '"
                + module
                + "': A and B have rank "
                + entry.getValue().r()
                + ", the configuration says "
                + rank);
      }
      float scaling = (float) config.scaling(module);
      if (entry.getValue().scaling() != scaling) {
        throw new IllegalArgumentException(
            "adapter '"
                + name
                + "', module '"
                + module
                + "': scaling is "
                + entry.getValue().scaling()
                + ", the configuration says "
                + scaling);
      }
    }
    for (Map.Entry<String, LoraWeights> entry : weights.entrySet()) {
      requirePart(name, entry.getKey(), "use_dora", config.useDora(), entry.getValue().magnitude());
      requirePart(name, entry.getKey(), "lora_bias", config.loraBias(), entry.getValue().bias());
    }
    if (!biases.isEmpty() && config.bias().equals("none")) {
      throw new IllegalArgumentException(
          "adapter '" + name + "' has biases of " + biases.keySet() + " but bias = none");
    }
    for (String tensor : savedTensors.keySet()) {
      if (!SavedNames.belongs(tensor, config)) {
        throw new IllegalArgumentException(
            "adapter '"
                + name
                + "': tensor '"
                + tensor
                + "' belongs to none of modules_to_save "
                + config.modulesToSave()
                + (config.trainableTokens().isEmpty()
                    ? ""
                    : " and trainable_token_indices " + config.trainableTokens()));
      }
    }
  }

  /**
   * The same with module names as the base itself has them, for an adapter that was made for a
   * model in which the base lies deeper; this adapter itself if not all of its modules begin so.
   *
   * @param prefix for example {@code bert.}
   */
  public LoraAdapter withoutModulePrefix(String prefix) {
    if (prefix.isEmpty() || !weights.keySet().stream().allMatch(m -> m.startsWith(prefix))) {
      return this;
    }
    Map<String, LoraWeights> moved = new LinkedHashMap<>();
    weights.forEach((module, w) -> moved.put(module.substring(prefix.length()), w));
    Map<String, SavedTensor> movedBiases = new LinkedHashMap<>();
    biases.forEach(
        (module, bias) ->
            movedBiases.put(
                module.startsWith(prefix) ? module.substring(prefix.length()) : module, bias));
    return new LoraAdapter(
        name,
        ModulePrefix.remove(config, prefix, moved.keySet()),
        moved,
        savedTensors,
        movedBiases,
        info);
  }

  private static void requirePart(
      String name, String module, String field, boolean wanted, float[] part) {
    if (wanted != (part != null)) {
      throw new IllegalArgumentException(
          "adapter '"
              + name
              + "', module '"
              + module
              + "': "
              + (wanted ? "lacks" : "has")
              + " the vector of "
              + field
              + ", which the configuration says is "
              + wanted);
    }
  }

  /** The same adapter under another name. */
  public LoraAdapter withName(String newName) {
    return new LoraAdapter(newName, config, weights, savedTensors, biases, info);
  }

  /** Bytes of all numbers. */
  public long byteSize() {
    long bytes = 0;
    for (LoraWeights module : weights.values()) {
      bytes += module.byteSize();
    }
    for (SavedTensor tensor : savedTensors.values()) {
      bytes += tensor.byteSize();
    }
    for (SavedTensor bias : biases.values()) {
      bytes += bias.byteSize();
    }
    return bytes;
  }

  /**
   * PEFT takes a module to be saved by the end of its name, be it a part of a word; its tensors are
   * named below it.
   */
  static boolean belongsTo(String tensor, String module) {
    return tensor.contains(module + ".");
  }

  @Override
  public String toString() {
    return "LoraAdapter["
        + name
        + ", r="
        + config.r()
        + ", "
        + weights.size()
        + " modules, "
        + savedTensors.size()
        + " saved tensors]";
  }
}
