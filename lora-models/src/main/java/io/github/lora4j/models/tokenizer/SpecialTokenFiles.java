package io.github.lora4j.models.tokenizer;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.lora4j.models.config.JsonFile;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.OptionalInt;
import java.util.stream.Stream;

/**
 * Finds the special tokens of a model directory: by their texts in {@code tokenizer_config.json} or
 * {@code special_tokens_map.json}, by their ids in {@code generation_config.json} or {@code
 * config.json}. None of the files must be there.
 */
final class SpecialTokenFiles {
  private final TokenizerJson tokenizer;
  private final SpecialTokenTexts texts;
  private final List<ObjectNode> ids;

  SpecialTokenFiles(Path directory, TokenizerJson tokenizer) {
    this.tokenizer = tokenizer;
    this.texts = SpecialTokenTexts.read(directory);
    this.ids =
        Stream.of("generation_config.json", "config.json")
            .map(name -> JsonFile.readIfThere(directory.resolve(name)))
            .toList();
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
    return texts.all(name).stream()
        .map(tokenizer.ids()::get)
        .filter(Objects::nonNull)
        .mapToInt(Integer::intValue)
        .findFirst();
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
}
