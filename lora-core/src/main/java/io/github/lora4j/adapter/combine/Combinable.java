package io.github.lora4j.adapter.combine;

import io.github.lora4j.adapter.LoraAdapter;
import io.github.lora4j.adapter.LoraWeights;
import io.github.lora4j.lora.LoraConfig;
import io.github.lora4j.lora.LoraInit;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Whether adapters can be combined. */
final class Combinable {
  private static final Logger LOG = LoggerFactory.getLogger(Combinable.class);

  private Combinable() {}

  /**
   * Checks the adapters. Ones that seem to be made for different bases are only logged as a
   * warning.
   *
   * @throws IllegalArgumentException naming the adapters, if one has more than A and B for a
   *     module, two save the same module whole, or two have a module in different shapes
   */
  static void check(List<LoraAdapter> adapters) {
    if (adapters.isEmpty()) {
      throw new IllegalArgumentException("there is no adapter to combine");
    }
    Map<String, LoraAdapter> shaped = new HashMap<>();
    Map<String, LoraAdapter> saved = new HashMap<>();
    for (LoraAdapter adapter : adapters) {
      checkKind(adapter);
      checkSaved(adapter, saved);
      for (Map.Entry<String, LoraWeights> module : adapter.weights().entrySet()) {
        LoraAdapter other = shaped.putIfAbsent(module.getKey(), adapter);
        if (other != null) {
          checkShape(module.getKey(), other, adapter);
        }
      }
    }
    warnOfOtherBases(adapters);
  }

  private static void checkKind(LoraAdapter adapter) {
    LoraConfig config = adapter.config();
    refuse(config.useDora(), adapter, "use_dora = true", "its magnitudes cannot be added");
    refuse(config.loraBias(), adapter, "lora_bias = true", "only A and B are combined");
    refuse(!config.bias().equals("none"), adapter, "bias = " + config.bias(), "biases replace");
    // LoftQ's A and B hold a part of the base itself.
    refuse(
        config.initLoraWeights() == LoraInit.LOFTQ,
        adapter,
        "init_lora_weights = loftq",
        "its A and B hold what 4 bits took from the base");
    refuse(
        config.initLoraWeights().takesFromBase(),
        adapter,
        "init_lora_weights = " + config.initLoraWeights().value(),
        "its A and B hold what was taken out of the base; convert it to a plain adapter first");
    refuse(
        !config.trainableTokens().isEmpty(),
        adapter,
        "trainable_token_indices",
        "rows of tokens replace those of the base");
    refuse(adapter.weights().isEmpty(), adapter, "no A and B", "there is nothing to combine");
  }

  private static void refuse(boolean unfit, LoraAdapter adapter, String what, String why) {
    if (unfit) {
      throw new IllegalArgumentException(
          "adapter '" + adapter.name() + "' has " + what + " and cannot be combined: " + why);
    }
  }

  private static void checkSaved(LoraAdapter adapter, Map<String, LoraAdapter> saved) {
    for (String module : adapter.config().modulesToSave()) {
      LoraAdapter other = saved.put(module, adapter);
      if (other != null) {
        throw bothSave(other, adapter, module);
      }
    }
    adapter
        .savedTensors()
        .forEach(
            (name, tensor) -> {
              LoraAdapter other = saved.put(name, adapter);
              // PEFT adds copies of the base's own embeddings, which are the same in both.
              if (other != null && !tensor.equals(other.savedTensors().get(name))) {
                throw bothSave(other, adapter, name);
              }
            });
  }

  private static IllegalArgumentException bothSave(
      LoraAdapter one, LoraAdapter other, String what) {
    return new IllegalArgumentException(
        "adapters '"
            + one.name()
            + "' and '"
            + other.name()
            + "' both save '"
            + what
            + "' whole (modules_to_save), which cannot be added");
  }

  private static void checkShape(String module, LoraAdapter first, LoraAdapter second) {
    LoraWeights one = first.weights().get(module);
    LoraWeights other = second.weights().get(module);
    if (one.in() != other.in()
        || one.out() != other.out()
        || one.embedding() != other.embedding()) {
      throw new IllegalArgumentException(
          "module '"
              + module
              + "': adapter '"
              + first.name()
              + "' is made for a weight of "
              + one.out()
              + " x "
              + one.in()
              + ", '"
              + second.name()
              + "' for one of "
              + other.out()
              + " x "
              + other.in());
    }
  }

  private static void warnOfOtherBases(List<LoraAdapter> adapters) {
    LoraAdapter first = adapters.get(0);
    for (LoraAdapter adapter : adapters) {
      String print = adapter.info().baseFingerprint();
      String base = adapter.config().baseModelNameOrPath();
      boolean known = print != null && first.info().baseFingerprint() != null;
      boolean named = base != null && first.config().baseModelNameOrPath() != null;
      boolean differs =
          known
              ? !print.equals(first.info().baseFingerprint())
              : named && !base.equals(first.config().baseModelNameOrPath());
      if (differs) {
        LOG.warn(
            "adapters '{}' and '{}' were made for different bases ({}, {})",
            first.name(),
            adapter.name(),
            first.config().baseModelNameOrPath(),
            base);
      }
    }
  }
}
