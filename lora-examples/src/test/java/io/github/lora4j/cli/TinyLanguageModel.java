package io.github.lora4j.cli;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * A random decoder of scripts/fixtures/decoders.py with a tokenizer of 100 words and a template.
 */
final class TinyLanguageModel {
  /** What begins a word in the vocabulary. */
  private static final String SPACE = "\u2581";

  /** The first two are no words. */
  private static final List<String> WORDS =
      List.of("unk", "END", "user", "assistant", "fine", "broken", "good", "bad", "is", "it");

  private TinyLanguageModel() {}

  /** Writes the checkpoint; its context has 64 tokens. */
  static Path write(Path folder) throws IOException {
    Files.createDirectories(folder);
    Path golden = Path.of("../lora-models/src/test/resources/golden/decoders/qwen3");
    for (String file : List.of("config.json", "model.safetensors")) {
      Files.copy(golden.resolve(file), folder.resolve(file));
    }
    ObjectMapper json = new ObjectMapper();
    ObjectNode config = json.createObjectNode();
    config.put("eos_token", "END");
    config.put(
        "chat_template",
        "{% for m in messages %} {{ m.role }} {{ m.content }}{% endfor %}"
            + "{% if add_generation_prompt %} assistant{% endif %}");
    json.writeValue(folder.resolve("tokenizer_config.json").toFile(), config);
    json.writeValue(folder.resolve("tokenizer.json").toFile(), tokenizer(json));
    return folder;
  }

  private static ObjectNode tokenizer(ObjectMapper json) {
    ObjectNode root = json.createObjectNode();
    root.put("version", "1.0");
    ArrayNode added = root.putArray("added_tokens");
    added
        .addObject()
        .put("id", 1)
        .put("content", "END")
        .put("single_word", false)
        .put("lstrip", false)
        .put("rstrip", false)
        .put("normalized", false)
        .put("special", true);
    for (String part : List.of("pre_tokenizer", "decoder")) {
      root.putObject(part)
          .put("type", "Metaspace")
          .put("replacement", SPACE)
          .put("prepend_scheme", "always")
          .put("split", true);
    }
    root.putNull("normalizer").putNull("post_processor");
    ObjectNode model = root.putObject("model").put("type", "WordLevel").put("unk_token", "unk");
    ObjectNode vocab = model.putObject("vocab");
    for (int id = 0; id < 100; id++) {
      String word = id < WORDS.size() ? WORDS.get(id) : "w" + id;
      vocab.put(id < 2 ? word : SPACE + word, id);
    }
    return root;
  }
}
