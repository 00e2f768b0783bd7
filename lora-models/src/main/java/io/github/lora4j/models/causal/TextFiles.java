package io.github.lora4j.models.causal;

import io.github.lora4j.models.chat.ChatTemplate;
import io.github.lora4j.models.gguf.GgufCheckpoint;
import io.github.lora4j.models.gguf.GgufFile;
import io.github.lora4j.models.gguf.GgufTokenizer;
import io.github.lora4j.models.tokenizer.SpecialTokens;
import io.github.lora4j.models.tokenizer.TextTokenizer;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * What of a checkpoint is about texts. Thread-safe.
 *
 * @param tokenizer closed with this
 * @param chatTemplate how messages become a prompt; null if there is none
 */
public record TextFiles(TextTokenizer tokenizer, ChatTemplate chatTemplate)
    implements AutoCloseable {
  /**
   * Opens the tokenizer and the template of a model, without its weights.
   *
   * @throws io.github.lora4j.checkpoint.CheckpointException if a file is missing or damaged
   */
  public static TextFiles open(DecoderSource source) {
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

  /** The tokens that end a sequence, that of the tokenizer first. */
  public List<Integer> endTokens() {
    return tokenizer.specialTokens().eos();
  }

  /**
   * How conversations become tokens.
   *
   * @param chat whether the chat template applies, if there is one
   */
  public PromptFormat promptFormat(boolean chat) {
    return new PromptFormat(tokenizer, chat ? chatTemplate : null, endTokens());
  }

  /** Closes the tokenizer. */
  @Override
  public void close() {
    tokenizer.close();
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
