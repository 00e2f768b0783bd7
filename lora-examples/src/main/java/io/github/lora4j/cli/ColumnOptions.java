package io.github.lora4j.cli;

import io.github.lora4j.models.causal.Conversation;
import io.github.lora4j.models.data.TextClassificationData;
import java.nio.file.Path;
import picocli.CommandLine.Option;

/** What the columns of labelled data are called. */
final class ColumnOptions {
  @Option(
      names = "--text-column",
      paramLabel = "NAME",
      defaultValue = "text",
      description = "The field with the text (${DEFAULT-VALUE}).")
  private String text;

  @Option(
      names = "--label-column",
      paramLabel = "NAME",
      defaultValue = "label",
      description = "The field with the label (${DEFAULT-VALUE}).")
  private String label;

  /** Fields of data for a language model. */
  Conversation.Columns conversation(String promptTemplate) {
    return new Conversation.Columns(promptTemplate, text, label);
  }

  TextClassificationData read(Path file) {
    return TextClassificationData.read(file, text, label);
  }
}
