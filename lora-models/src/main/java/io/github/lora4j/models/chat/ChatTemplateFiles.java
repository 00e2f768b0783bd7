package io.github.lora4j.models.chat;

import com.fasterxml.jackson.databind.JsonNode;
import io.github.lora4j.checkpoint.CheckpointException;
import io.github.lora4j.models.config.JsonFile;
import io.github.lora4j.models.tokenizer.SpecialTokenTexts;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;

/** Finds the chat template and the special tokens among the files of a checkpoint. */
final class ChatTemplateFiles {
  private static final String KEY = "chat_template";
  private static final String DEFAULT = "default";
  private static final long MAX_BYTES = 32 << 20;

  private ChatTemplateFiles() {}

  static ChatTemplate open(Path directory) {
    return find(directory)
        .orElseThrow(
            () ->
                new ChatTemplateException(
                    directory.toString(),
                    "no chat template: there is no chat_template.jinja, and no field "
                        + KEY
                        + " in chat_template.json or tokenizer_config.json"));
  }

  static Optional<ChatTemplate> find(Path directory) {
    try {
      return search(directory);
    } catch (CheckpointException e) {
      throw new ChatTemplateException(e);
    }
  }

  private static Optional<ChatTemplate> search(Path directory) {
    Path jinja = directory.resolve("chat_template.jinja");
    Path json = directory.resolve("chat_template.json");
    Path config = directory.resolve("tokenizer_config.json");
    Map<String, String> special = SpecialTokenTexts.read(directory).byName();
    if (Files.exists(jinja)) {
      return Optional.of(ChatTemplate.of(jinja.toString(), text(jinja), special));
    }
    for (Path file : new Path[] {json, config}) {
      JsonNode node = JsonFile.readIfThere(file).path(KEY);
      if (!node.isMissingNode() && !node.isNull()) {
        return Optional.of(named(file, node, special));
      }
    }
    return Optional.empty();
  }

  private static ChatTemplate named(Path file, JsonNode node, Map<String, String> special) {
    String source = file + ", field " + KEY;
    if (node.isTextual()) {
      return ChatTemplate.of(source, node.textValue(), special);
    }
    if (!node.isArray()) {
      throw new ChatTemplateException(source, "neither a string nor a list of named templates");
    }
    StringBuilder names = new StringBuilder();
    for (JsonNode one : node) {
      JsonNode name = one.path("name");
      JsonNode template = one.path("template");
      if (!name.isTextual() || !template.isTextual()) {
        throw new ChatTemplateException(source, "an entry has no name or no template");
      }
      if (name.textValue().equals(DEFAULT)) {
        return ChatTemplate.of(source + ", " + DEFAULT, template.textValue(), special);
      }
      names.append(names.isEmpty() ? "" : ", ").append(name.textValue());
    }
    throw new ChatTemplateException(source, "no template is named default, only: " + names);
  }

  private static String text(Path file) {
    try {
      long size = Files.size(file);
      if (size > MAX_BYTES) {
        throw new ChatTemplateException(file.toString(), size + " bytes, more than " + MAX_BYTES);
      }
      return Files.readString(file);
    } catch (CharacterCodingException e) {
      throw new ChatTemplateException(file.toString(), "not UTF-8", e);
    } catch (IOException e) {
      throw new ChatTemplateException(
          file.toString(), "cannot be read (" + e.getMessage() + ")", e);
    }
  }
}
