package io.github.lora4j.models.hub;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/** Those of a checkpoint: safetensors with configuration and tokenizer, or one GGUF file. */
final class CheckpointFiles implements RepositoryFiles {
  private static final String WEIGHTS = "model.safetensors";
  private static final String INDEX = "model.safetensors.index.json";

  /** Without these there is nothing to load. */
  private static final List<String> REQUIRED = List.of("config.json", "tokenizer.json");

  /** Fetched if they are there. */
  private static final List<String> OPTIONAL =
      List.of(
          "generation_config.json",
          "tokenizer_config.json",
          "special_tokens_map.json",
          "chat_template.jinja",
          "chat_template.json");

  private static final JsonMapper JSON = new JsonMapper();

  @Override
  public List<String> optional(HubModel model) {
    return model.gguf().isPresent() ? List.of() : OPTIONAL;
  }

  /** All but the shards, which the index names. */
  @Override
  public List<String> select(HubModel model, Set<String> files) {
    if (model.gguf().isPresent()) {
      String file = model.gguf().get();
      if (!files.contains(file)) {
        throw new HubException(model, "it has no such file; " + ggufFiles(files));
      }
      return List.of(file);
    }
    if (!files.contains(WEIGHTS) && !files.contains(INDEX)) {
      throw new HubException(
          model, "it has neither " + WEIGHTS + " nor " + INDEX + "; " + ggufFiles(files));
    }
    List<String> selected = new ArrayList<>(REQUIRED);
    for (String file : REQUIRED) {
      if (!files.contains(file)) {
        throw new HubException(model, "it has no " + file);
      }
    }
    OPTIONAL.stream().filter(files::contains).forEach(selected::add);
    selected.add(files.contains(WEIGHTS) ? WEIGHTS : INDEX);
    return selected;
  }

  private static String ggufFiles(Collection<String> files) {
    List<String> found = files.stream().filter(file -> file.endsWith(".gguf")).sorted().toList();
    return found.isEmpty() ? "nor GGUF files" : "its GGUF files are " + String.join(", ", found);
  }

  /**
   * The shards that an index names.
   *
   * @throws HubException if it is damaged or a name leads elsewhere
   */
  private static Set<String> shards(HubModel model, Path index) throws IOException {
    JsonNode map;
    try {
      map = JSON.readTree(Files.readAllBytes(index)).path("weight_map");
    } catch (com.fasterxml.jackson.core.JsonProcessingException e) {
      throw new HubException(model, INDEX + " is not valid JSON", e);
    }
    Set<String> shards = new TreeSet<>();
    for (JsonNode shard : map) {
      String name = shard.asText();
      if (!RemotePath.isSafe(name) || name.contains("/") || !name.endsWith(".safetensors")) {
        throw new HubException(model, INDEX + " names '" + name + "', which is no shard");
      }
      shards.add(name);
    }
    if (shards.isEmpty()) {
      throw new HubException(model, INDEX + " names no shards");
    }
    return shards;
  }

  @Override
  public Set<String> named(HubModel model, HubCache cache, String commit) throws IOException {
    boolean sharded =
        model.gguf().isEmpty() && !cache.has(commit, WEIGHTS) && cache.has(commit, INDEX);
    return sharded ? shards(model, cache.file(commit, INDEX)) : Set.of();
  }

  @Override
  public List<String> missing(HubModel model, HubCache cache, String commit) throws IOException {
    if (model.gguf().isPresent()) {
      return model.gguf().filter(file -> !cache.has(commit, file)).stream().toList();
    }
    List<String> missing = new ArrayList<>();
    REQUIRED.stream().filter(file -> !cache.has(commit, file)).forEach(missing::add);
    if (cache.has(commit, WEIGHTS)) {
      return missing;
    }
    if (!cache.has(commit, INDEX)) {
      missing.add(WEIGHTS);
      return missing;
    }
    named(model, cache, commit).stream()
        .filter(file -> !cache.has(commit, file))
        .forEach(missing::add);
    return missing;
  }
}
