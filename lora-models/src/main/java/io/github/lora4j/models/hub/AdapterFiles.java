package io.github.lora4j.models.hub;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Those of an adapter in PEFT's layout; a tokenizer beside them is not needed. */
final class AdapterFiles implements RepositoryFiles {
  static final String CONFIG = "adapter_config.json";
  private static final String INFO = "lora4j.json";

  /** The first that is there is taken. */
  private static final List<String> WEIGHTS =
      List.of("adapter_model.safetensors", "adapter_model.bin");

  @Override
  public List<String> optional(HubModel model) {
    return List.of(INFO);
  }

  @Override
  public List<String> select(HubModel model, Set<String> files) {
    if (!files.contains(CONFIG)) {
      throw new HubException(model, "it is no adapter: it has no " + CONFIG);
    }
    Optional<String> weights = WEIGHTS.stream().filter(files::contains).findFirst();
    if (weights.isEmpty()) {
      throw new HubException(model, "it has neither " + String.join(" nor ", WEIGHTS));
    }
    List<String> selected = new ArrayList<>(List.of(CONFIG, weights.get()));
    optional(model).stream().filter(files::contains).forEach(selected::add);
    return selected;
  }

  @Override
  public List<String> missing(HubModel model, HubCache cache, String commit) {
    List<String> missing = new ArrayList<>();
    if (!cache.has(commit, CONFIG)) {
      missing.add(CONFIG);
    }
    if (WEIGHTS.stream().noneMatch(file -> cache.has(commit, file))) {
      missing.add(WEIGHTS.get(0));
    }
    return missing;
  }
}
