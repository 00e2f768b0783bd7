package io.github.lora4j.models.causal;

import io.github.lora4j.models.chat.ChatTemplate;
import io.github.lora4j.models.gguf.GgufCheckpoint;
import io.github.lora4j.models.gguf.GgufFile;
import io.github.lora4j.models.gguf.GgufTokenizer;
import io.github.lora4j.models.tokenizer.SpecialTokens;
import io.github.lora4j.models.tokenizer.TextTokenizer;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;

/**
 * What of a checkpoint is about texts.
 *
 * @param tokenizer the caller closes it
 * @param chatTemplate null if there is none
 */
record TextFiles(TextTokenizer tokenizer, ChatTemplate chatTemplate) {
  static TextFiles open(DecoderSource source) {
    Path path = source.path();
    if (!source.isGguf()) {
      TextTokenizer tokenizer = TextTokenizer.open(path);
      return new TextFiles(tokenizer, ChatTemplate.find(path).orElse(null));
    }
    // As a whole: that an architecture is unknown says more than that its tokenizer is.
    try (GgufCheckpoint checkpoint = GgufCheckpoint.open(path)) {
      GgufFile file = checkpoint.file();
      TextTokenizer tokenizer = GgufTokenizer.open(file);
      return new TextFiles(tokenizer, template(file, tokenizer));
    }
  }

  private static ChatTemplate template(GgufFile file, TextTokenizer tokenizer) {
    Map<String, String> special = new HashMap<>();
    SpecialTokens tokens = tokenizer.specialTokens();
    tokens.bos().ifPresent(id -> special.put("bos_token", tokenizer.token(id)));
    tokens.pad().ifPresent(id -> special.put("pad_token", tokenizer.token(id)));
    tokens.eos().stream()
        .findFirst()
        .ifPresent(id -> special.put("eos_token", tokenizer.token(id)));
    return GgufTokenizer.chatTemplate(file)
        .map(
            source -> ChatTemplate.of(file.source() + ", tokenizer.chat_template", source, special))
        .orElse(null);
  }
}
