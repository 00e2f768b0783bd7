package io.github.lora4j.cli;

import io.github.lora4j.adapter.LoraAdapter;
import io.github.lora4j.models.causal.Conversation;
import io.github.lora4j.models.causal.PromptFormat;
import io.github.lora4j.models.causal.TextFiles;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** How records become prompts for a language model. */
final class PromptOptions {
  /** Where an adapter's extra information holds the template of its training. */
  private static final String PROMPT_TEMPLATE = "prompt_template";

  @Option(
      names = "--prompt-template",
      paramLabel = "TEXT",
      description = {
        "For data with a text and a label: the prompt, where {text} stands for the text; the",
        "label is the answer. Where an adapter is given, its own is the default."
      })
  private String template;

  @Mixin private ChatOptions chat;

  /** Reads conversations with the fields that the options name. */
  List<Conversation> read(
      CommonOptions common, ColumnOptions columns, LoraAdapter adapter, Path file) {
    String used = template(adapter);
    return Conversation.read(file, common.checked(() -> columns.conversation(used)));
  }

  /**
   * Fields of questions without answers.
   *
   * @param adapter null for the model by itself
   */
  Conversation.Columns questions(CommonOptions common, String textColumn, LoraAdapter adapter) {
    String used = template(adapter);
    return common.checked(() -> Conversation.Columns.ofText(used, textColumn));
  }

  private String template(LoraAdapter adapter) {
    String own = adapter == null ? null : adapter.info().extra().get(PROMPT_TEMPLATE);
    return template == null ? own : template;
  }

  /** True if any of these options was given. */
  boolean given() {
    return template != null || chat.given();
  }

  /**
   * How conversations become tokens.
   *
   * @param adapter null for the model by itself
   */
  PromptFormat format(TextFiles texts, LoraAdapter adapter) {
    return chat.format(texts, adapter);
  }

  /** What an adapter has to remember of its training. */
  Map<String, String> remembered(PromptFormat format) {
    Map<String, String> extra = new LinkedHashMap<>();
    if (template != null) {
      extra.put(PROMPT_TEMPLATE, template);
    }
    extra.put(ChatOptions.CHAT_TEMPLATE, Boolean.toString(format.isChat()));
    return extra;
  }
}
