package io.github.lora4j.models.tokenizer;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.lora4j.models.config.JsonFile;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * The texts of the special tokens of a model directory. Immutable and thread-safe.
 *
 * @param files {@code special_tokens_map.json} and {@code tokenizer_config.json}, whose word is the
 *     last; empty where there is none
 */
public record SpecialTokenTexts(List<ObjectNode> files) {
  /**
   * Reads the files of a directory.
   *
   * @throws io.github.lora4j.checkpoint.CheckpointException if one is damaged
   */
  public static SpecialTokenTexts read(Path directory) {
    return new SpecialTokenTexts(
        Stream.of("special_tokens_map.json", "tokenizer_config.json")
            .map(name -> JsonFile.readIfThere(directory.resolve(name)))
            .toList());
  }

  /** By name, such as {@code eos_token}, the text that counts. */
  public Map<String, String> byName() {
    Map<String, String> texts = new HashMap<>();
    for (ObjectNode file : files) {
      for (Map.Entry<String, JsonNode> field : file.properties()) {
        if (field.getKey().endsWith("_token")) {
          text(field.getValue()).ifPresent(text -> texts.put(field.getKey(), text));
        }
      }
    }
    return texts;
  }

  /** All texts that the files have for a name, the one that counts first. */
  List<String> all(String name) {
    return Stream.of(files.get(1), files.get(0))
        .flatMap(file -> text(file.path(name)).stream())
        .toList();
  }

  /** A string, or an object with its content. */
  private static Optional<String> text(JsonNode value) {
    JsonNode content = value.isObject() ? value.path("content") : value;
    return Optional.ofNullable(content.textValue());
  }
}
