package io.github.lora4j.adapter;

import io.github.lora4j.lora.LoraConfig;
import io.github.lora4j.lora.ModuleSelector;
import io.github.lora4j.lora.TargetModules;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Moves an adapter's configuration to a model in which the base lies deeper, and back: {@code
 * encoder.layer.0} of a {@code BertModel} is {@code bert.encoder.layer.0} of a {@code
 * BertForSequenceClassification}. Names and suffixes mean the same in both; an expression, which
 * matches whole names, is replaced by the names that it selected.
 */
final class ModulePrefix {

  private ModulePrefix() {}

  /**
   * The configuration for the deeper model.
   *
   * @param modules the adapted modules, without prefix
   * @throws IllegalArgumentException if it would not select these modules
   */
  static LoraConfig add(LoraConfig config, String prefix, Collection<String> modules) {
    LoraConfig moved = config;
    if (!prefix.isEmpty()) {
      moved =
          withSelectors(config, modules.stream().map(prefix::concat).toList()).toBuilder()
              .rankPattern(addToKeys(config.rankPattern(), prefix))
              .alphaPattern(addToKeys(config.alphaPattern(), prefix))
              .build();
    }
    for (String module : modules) {
      // PEFT ties an output layer to the embeddings, and target_modules name these alone.
      if (!config.ensureWeightTying() && !TargetModules.matches(moved, prefix + module)) {
        throw new IllegalArgumentException(
            "target_modules do not select '" + prefix + module + "', for which there are weights");
      }
    }
    return moved;
  }

  /**
   * The configuration for the base itself.
   *
   * @param modules the adapted modules, without prefix
   */
  static LoraConfig remove(LoraConfig config, String prefix, Collection<String> modules) {
    if (prefix.isEmpty()) {
      return config;
    }
    LoraConfig moved = withSelectors(config, List.copyOf(modules));
    return moved.toBuilder()
        .targetModules(withoutPrefix(moved.targetModules(), prefix))
        .excludeModules(withoutPrefix(moved.excludeModules(), prefix))
        .rankPattern(removeFromKeys(config.rankPattern(), prefix))
        .alphaPattern(removeFromKeys(config.alphaPattern(), prefix))
        .build();
  }

  private static LoraConfig withSelectors(LoraConfig config, List<String> selected) {
    boolean suffixes = config.targetModules() instanceof ModuleSelector.Names;
    boolean excludes = config.excludeModules() instanceof ModuleSelector.Regex;
    if (suffixes && !excludes) {
      return config;
    }
    return config.toBuilder()
        .targetModules(new ModuleSelector.Names(selected))
        .excludeModules(null)
        .layersToTransform(List.of())
        .layersPattern(List.of())
        .build();
  }

  private static ModuleSelector withoutPrefix(ModuleSelector selector, String prefix) {
    if (!(selector instanceof ModuleSelector.Names names)) {
      return selector;
    }
    List<String> stripped = new ArrayList<>();
    for (String name : names.names()) {
      stripped.add(name.startsWith(prefix) ? name.substring(prefix.length()) : name);
    }
    return new ModuleSelector.Names(stripped);
  }

  /** Only keys tied to the start of the name change: others match from any segment on. */
  private static <V> Map<String, V> addToKeys(Map<String, V> patterns, String prefix) {
    Map<String, V> moved = new LinkedHashMap<>();
    patterns.forEach(
        (key, value) ->
            moved.put(key.startsWith("^") ? "^" + escaped(prefix) + key.substring(1) : key, value));
    return moved;
  }

  private static <V> Map<String, V> removeFromKeys(Map<String, V> patterns, String prefix) {
    Map<String, V> moved = new LinkedHashMap<>();
    patterns.forEach(
        (key, value) -> {
          String anchor = key.startsWith("^") ? "^" : "";
          String rest = key.substring(anchor.length());
          for (String form : List.of(prefix, escaped(prefix))) {
            if (rest.startsWith(form)) {
              rest = rest.substring(form.length());
              break;
            }
          }
          moved.put(anchor + rest, value);
        });
    return moved;
  }

  private static String escaped(String prefix) {
    return prefix.replace(".", "\\.");
  }
}
