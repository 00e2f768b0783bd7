package io.github.lora4j.cli;

import io.github.lora4j.adapter.LoraAdapter;
import io.github.lora4j.models.causal.PromptFormat;
import io.github.lora4j.models.causal.TextFiles;
import picocli.CommandLine.Option;

/** Whether prompts go through the chat template of the model. */
final class ChatOptions {
  /** Where an adapter's extra information says whether they did in its training. */
  static final String CHAT_TEMPLATE = "chat_template";

  @Option(
      names = "--no-chat-template",
      description = "Prompts are plain text, without the chat template of the model.")
  private boolean plain;

  /** True if the option was given. */
  boolean given() {
    return plain;
  }

  /**
   * How conversations become tokens.
   *
   * @param adapter null for the model by itself
   */
  PromptFormat format(TextFiles texts, LoraAdapter adapter) {
    String own = adapter == null ? null : adapter.info().extra().get(CHAT_TEMPLATE);
    return texts.promptFormat(!plain && !"false".equals(own));
  }
}
