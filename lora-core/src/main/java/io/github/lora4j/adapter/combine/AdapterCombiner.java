package io.github.lora4j.adapter.combine;

import io.github.lora4j.adapter.AdapterInfo;
import io.github.lora4j.adapter.LoraAdapter;
import io.github.lora4j.adapter.LoraWeights;
import io.github.lora4j.adapter.SavedTensor;
import io.github.lora4j.lora.LoraConfig;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

/**
 * Makes one adapter out of several, as {@code add_weighted_adapter} of PEFT 0.21 does with LoRA.
 * Stateless and thread-safe; the same adapters and settings give the same bits.
 *
 * <p>As in PEFT, one adapter alone is combined by {@link CombinationType#LINEAR}; {@code
 * lora_alpha} of the result is its rank, so that its scaling is 1. Unlike PEFT, which leaves {@code
 * use_rslora} of the first adapter on and so makes the result stronger by the root of the rank, the
 * result has it off; a module that only one adapter saves whole comes with the result as it is
 * there; and {@code layers_to_transform} or {@code exclude_modules} of the first adapter take no
 * modules from the others.
 */
public final class AdapterCombiner {
  private AdapterCombiner() {}

  /**
   * Combines adapters.
   *
   * @param name of the result
   * @param parts at least one; where an adapter has no A and B for a module, the others count alone
   * @return with labels and what else is known from the adapter with modules to save, or else the
   *     first one
   * @throws IllegalArgumentException if the adapters cannot be combined: there is none, one has
   *     DoRA, biases, rows of tokens or a start that belongs to its base (LoftQ, PiSSA, OLoRA), two
   *     save the same module whole, ranks or shapes differ where they may not, or their {@code
   *     target_modules} are of different kinds
   */
  public static LoraAdapter combine(
      String name, List<WeightedAdapter> parts, AdapterCombination how) {
    return combine(name, parts, how, new SeededMasks(how.seed()));
  }

  static LoraAdapter combine(
      String name, List<WeightedAdapter> parts, AdapterCombination how, RandomMasks masks) {
    List<LoraAdapter> adapters = parts.stream().map(WeightedAdapter::adapter).toList();
    Combinable.check(adapters);
    AdapterCombination used =
        parts.size() == 1 ? AdapterCombination.of(CombinationType.LINEAR) : how;
    CombinedConfig configs = new CombinedConfig(adapters, used.type());
    int rank = configs.rank(used.svdRank());
    Set<String> modules = new LinkedHashSet<>();
    adapters.forEach(adapter -> modules.addAll(adapter.weights().keySet()));
    LoraConfig config = configs.of(rank, modules);
    PrunedSum sum = new PrunedSum(used, masks);
    Map<String, LoraWeights> weights = new LinkedHashMap<>();
    for (String module : modules) {
      weights.put(module, factors(module, shares(module, parts), sum, rank).padded(rank));
    }
    Map<String, SavedTensor> saved = new LinkedHashMap<>();
    adapters.forEach(adapter -> saved.putAll(adapter.savedTensors()));
    return new LoraAdapter(name, config, weights, saved, info(adapters));
  }

  private static List<ModuleShare> shares(String module, List<WeightedAdapter> parts) {
    List<ModuleShare> shares = new ArrayList<>();
    for (WeightedAdapter part : parts) {
      LoraWeights weights = part.adapter().weights().get(module);
      if (weights != null) {
        shares.add(new ModuleShare(part.adapter().name(), weights, part.weight()));
      }
    }
    return shares;
  }

  private static Factors factors(String module, List<ModuleShare> shares, PrunedSum sum, int rank) {
    CombinationType type = sum.how().type();
    if (type == CombinationType.CAT) {
      return SideBySide.of(shares);
    }
    return type.decomposes()
        ? ProductSum.of(module, shares, sum, rank)
        : FactorSum.of(module, shares, sum);
  }

  private static AdapterInfo info(List<LoraAdapter> adapters) {
    AdapterInfo info =
        adapters.stream()
            .filter(adapter -> !adapter.savedTensors().isEmpty())
            .findFirst()
            .orElse(adapters.get(0))
            .info();
    boolean sameBase =
        adapters.stream()
            .allMatch(a -> Objects.equals(a.info().baseFingerprint(), info.baseFingerprint()));
    return new AdapterInfo(
        info.labels(), sameBase ? info.baseFingerprint() : null, info.pooling(), info.extra());
  }
}
