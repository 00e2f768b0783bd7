package io.github.lora4j.models.tokenizer;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.github.lora4j.checkpoint.CheckpointException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;

/**
 * Finds the special tokens of a model directory: by their texts in {@code tokenizer_config.json} or
 * {@code special_tokens_map.json}, by their ids in {@code generation_config.json} or {@code
 * config.json}. None of the files must be there.
 */
final class SpecialTokenFiles {
  private static final JsonMapper JSON = new JsonMapper();

  private final Path directory;
  private final TokenizerJson tokenizer;
  private final List<JsonNode> texts;
  private final List<JsonNode> ids;

  SpecialTokenFiles(Path directory, TokenizerJson tokenizer) {
    this.directory = directory;
    this.tokenizer = tokenizer;
    this.texts = List.of(read("tokenizer_config.json"), read("special_tokens_map.json"));
    this.ids = List.of(read("generation_config.json"), read("config.json"));
  }

  SpecialTokens find() {
    List<Integer> eos = new ArrayList<>();
    byText("eos_token").ifPresent(eos::add);
    for (JsonNode file : ids) {
      List<Integer> more = ids(file.path("eos_token_id"));
      more.stream().filter(id -> !eos.contains(id)).forEach(eos::add);
      if (!more.isEmpty()) {
        break; // What generation_config.json says is newer than config.json.
      }
    }
    return new SpecialTokens(one("bos_token"), eos, one("pad_token"));
  }

  private OptionalInt one(String name) {
    OptionalInt byText = byText(name);
    if (byText.isPresent()) {
      return byText;
    }
    return ids.stream()
        .flatMap(file -> ids(file.path(name + "_id")).stream())
        .mapToInt(Integer::intValue)
        .findFirst();
  }

  private OptionalInt byText(String name) {
    for (JsonNode file : texts) {
      JsonNode value = file.path(name);
      JsonNode text = value.isObject() ? value.path("content") : value;
      Integer id = text.isTextual() ? tokenizer.ids().get(text.textValue()) : null;
      if (id != null) {
        return OptionalInt.of(id);
      }
    }
    return OptionalInt.empty();
  }

  /** A number or several. */
  private static List<Integer> ids(JsonNode value) {
    List<Integer> ids = new ArrayList<>();
    if (value.isInt()) {
      ids.add(value.intValue());
    }
    value.forEach(id -> ids.add(id.asInt()));
    return ids;
  }

  private JsonNode read(String name) {
    Path file = directory.resolve(name);
    if (!Files.exists(file)) {
      return JSON.missingNode();
    }
    try {
      return JSON.readTree(Files.readAllBytes(file));
    } catch (JsonProcessingException e) {
      throw new CheckpointException(
          file.toString(),
          "not valid JSON (" + e.getOriginalMessage().lines().findFirst().get() + ")",
          e);
    } catch (IOException e) {
      throw new CheckpointException(file.toString(), "cannot be read (" + e.getMessage() + ")", e);
    }
  }
}
