package io.github.lora4j.models.causal;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.lora4j.checkpoint.AtomicFile;
import io.github.lora4j.models.config.JsonFile;
import io.github.lora4j.models.gguf.GgufFile;
import io.github.lora4j.models.gguf.GgufTokenizer;
import io.github.lora4j.models.tokenizer.SpecialTokens;
import io.github.lora4j.models.tokenizer.TextTokenizer;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Optional;

/**
 * The files of a Hugging Face checkpoint beside its weights, out of the metadata of a GGUF file.
 */
final class GgufCompanions {
  /** How llama.cpp calls it. */
  private static final String NO_TOKENIZER = "none";

  private GgufCompanions() {}

  /**
   * Writes {@code tokenizer.json}, {@code tokenizer_config.json}, {@code generation_config.json}
   * and the chat template, as far as the file has them.
   */
  static void write(GgufFile file, Path to) throws IOException {
    if (file.metadata().string("tokenizer.ggml.model", NO_TOKENIZER).equals(NO_TOKENIZER)) {
      return;
    }
    AtomicFile.write(to.resolve("tokenizer.json"), GgufTokenizer.json(file));
    try (TextTokenizer tokenizer = GgufTokenizer.open(file)) {
      SpecialTokens special = tokenizer.specialTokens();
      ObjectNode config = JsonNodeFactory.instance.objectNode();
      config.put("tokenizer_class", "PreTrainedTokenizerFast");
      config.put("clean_up_tokenization_spaces", false);
      special.bos().ifPresent(id -> config.put("bos_token", tokenizer.token(id)));
      special.eos().stream()
          .findFirst()
          .ifPresent(id -> config.put("eos_token", tokenizer.token(id)));
      special.pad().ifPresent(id -> config.put("pad_token", tokenizer.token(id)));
      JsonFile.write(to.resolve("tokenizer_config.json"), config);
      ObjectNode generation = JsonNodeFactory.instance.objectNode();
      special.bos().ifPresent(id -> generation.put("bos_token_id", id));
      ArrayNode ends = generation.putArray("eos_token_id");
      special.eos().forEach(ends::add);
      special.pad().ifPresent(id -> generation.put("pad_token_id", id));
      JsonFile.write(to.resolve("generation_config.json"), generation);
    }
    Optional<String> template = GgufTokenizer.chatTemplate(file);
    if (template.isPresent()) {
      AtomicFile.write(
          to.resolve("chat_template.jinja"), template.get().getBytes(StandardCharsets.UTF_8));
    }
  }
}
