package io.github.lora4j.adapter.combine;

import io.github.lora4j.adapter.LoraAdapter;
import io.github.lora4j.lora.LoraConfig;
import io.github.lora4j.lora.LoraConfigBuilder;
import io.github.lora4j.lora.ModuleSelector;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;

/** The configuration of a combination: that of the first adapter, with PEFT's changes. */
record CombinedConfig(List<LoraAdapter> adapters, CombinationType type) {
  /**
   * The rank of the result.
   *
   * @param svdRank what was asked for, or null
   * @throws IllegalArgumentException if the type needs equal ranks and they differ
   */
  int rank(Integer svdRank) {
    List<Integer> ranks = adapters.stream().map(a -> highestRank(a.config())).toList();
    if (type.needsEqualRanks() && Set.copyOf(ranks).size() > 1) {
      throw new IllegalArgumentException(
          "the adapters have ranks "
              + ranks
              + ", and "
              + type.value()
              + " needs equal ones; cat and types with svd do not");
    }
    if (type == CombinationType.CAT) {
      return ranks.stream().mapToInt(Integer::intValue).reduce(0, Math::addExact);
    }
    return svdRank == null ? ranks.stream().max(Integer::compare).orElseThrow() : svdRank;
  }

  private static int highestRank(LoraConfig config) {
    return config.rankPattern().values().stream().reduce(config.r(), Math::max);
  }

  /**
   * The configuration.
   *
   * @param modules all that have weights
   * @throws IllegalArgumentException if some adapters target names and others an expression
   */
  LoraConfig of(int rank, Collection<String> modules) {
    LoraConfig first = adapters.get(0).config();
    Set<String> saved = new LinkedHashSet<>();
    adapters.forEach(a -> saved.addAll(a.config().modulesToSave()));
    LoraConfigBuilder config =
        first.toBuilder()
            .r(rank)
            .loraAlpha(rank)
            // All scalings are in A and B: that of the result is 1.
            .useRslora(false)
            .rankPattern(Map.of())
            .alphaPattern(Map.of())
            .modulesToSave(List.copyOf(saved));
    boolean sameRest = adapters.stream().allMatch(a -> restricts(a.config(), first));
    ModuleSelector targets = targets();
    if (sameRest) {
      return config.targetModules(targets).build();
    }
    // What restricts one adapter would take modules from another.
    return config
        .targetModules(new ModuleSelector.Names(List.copyOf(modules)))
        .excludeModules(null)
        .layersToTransform(List.of())
        .layersPattern(List.of())
        .build();
  }

  private static boolean restricts(LoraConfig config, LoraConfig as) {
    return config.layersToTransform().equals(as.layersToTransform())
        && config.layersPattern().equals(as.layersPattern())
        && Objects.equals(config.excludeModules(), as.excludeModules());
  }

  private ModuleSelector targets() {
    long expressions =
        adapters.stream()
            .filter(a -> a.config().targetModules() instanceof ModuleSelector.Regex)
            .count();
    if (expressions == adapters.size()) {
      String either =
          adapters.stream()
              .map(a -> "(" + ((ModuleSelector.Regex) a.config().targetModules()).pattern() + ")")
              .collect(Collectors.joining("|"));
      return ModuleSelector.ofString(either);
    }
    if (expressions > 0) {
      throw new IllegalArgumentException(
          "target_modules is an expression in some of the adapters "
              + adapters.stream().map(LoraAdapter::name).toList()
              + " and a list in others, which cannot be put together");
    }
    Set<String> names = new LinkedHashSet<>();
    for (LoraAdapter adapter : adapters) {
      boolean named = adapter.config().targetModules() instanceof ModuleSelector.Names;
      names.addAll(
          named
              ? ((ModuleSelector.Names) adapter.config().targetModules()).names()
              : adapter.weights().keySet());
    }
    return new ModuleSelector.Names(List.copyOf(names));
  }
}
