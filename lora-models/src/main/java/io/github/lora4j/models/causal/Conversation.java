package io.github.lora4j.models.causal;

import com.fasterxml.jackson.databind.JsonNode;
import io.github.lora4j.models.chat.ChatMessage;
import io.github.lora4j.models.data.DataException;
import io.github.lora4j.models.data.DataRecord;
import io.github.lora4j.models.data.RecordReader;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * One example of a data file: messages, the last of them the answer that is to be learned.
 *
 * @param line where it starts in its file, counted from 1
 * @param messages at least a question and an answer
 */
public record Conversation(long line, List<ChatMessage> messages) {
  /** The role of what is learned. */
  public static final String ASSISTANT = "assistant";

  private static final String USER = "user";
  private static final String MESSAGES = "messages";
  private static final String PROMPT = "prompt";
  private static final String COMPLETION = "completion";

  /** Copies the list. */
  public Conversation {
    messages = List.copyOf(messages);
  }

  /**
   * What is in a file besides its fields.
   *
   * @param promptTemplate makes a prompt of records with a text and a label: {@code {text}} stands
   *     for the text; null if there is none
   * @param textColumn the field with the text
   * @param labelColumn the field with the label
   */
  public record Columns(String promptTemplate, String textColumn, String labelColumn) {
    private static final String TEXT = "{text}";

    /** Checks the template. */
    public Columns {
      if (promptTemplate != null && !promptTemplate.contains(TEXT)) {
        throw new IllegalArgumentException("the prompt template does not hold " + TEXT);
      }
    }

    /**
     * For questions alone, which have no label.
     *
     * @param promptTemplate null for texts that are prompts as they are
     */
    public static Columns ofText(String promptTemplate, String textColumn) {
      return new Columns(promptTemplate, textColumn, "label");
    }

    private String prompt(String text) {
      return promptTemplate.replace(TEXT, text);
    }
  }

  /**
   * Reads a JSONL, CSV or TSV file whose records have {@code messages}, {@code prompt} and {@code
   * completion}, or with a prompt template a text and a label.
   *
   * @throws DataException if the file is malformed or a record has none of these; the message names
   *     the line
   */
  public static List<Conversation> read(Path file, Columns columns) {
    List<Conversation> conversations = new ArrayList<>();
    for (DataRecord record : RecordReader.readAll(file)) {
      conversations.add(of(record, columns));
    }
    return conversations;
  }

  /**
   * What a record asks: its {@code messages} but for an answer at their end, its {@code prompt}, or
   * its text, put into the prompt template if there is one.
   *
   * @throws DataException if it asks nothing; the message names the line
   */
  public static List<ChatMessage> question(DataRecord record, Columns columns) {
    if (record.fields().has(MESSAGES)) {
      List<ChatMessage> messages = parse(record);
      boolean answered = endsWithAnswer(messages);
      if (messages.size() < (answered ? 2 : 1)) {
        throw new DataException(record.file(), record.line(), "'messages' holds no question");
      }
      return answered ? messages.subList(0, messages.size() - 1) : messages;
    }
    if (record.fields().has(PROMPT)) {
      return List.of(new ChatMessage(USER, record.text(PROMPT)));
    }
    if (!record.fields().has(columns.textColumn)) {
      throw new DataException(
          record.file(),
          record.line(),
          "neither 'messages' nor 'prompt' nor '" + columns.textColumn + "'");
    }
    String text = record.text(columns.textColumn);
    String prompt = columns.promptTemplate == null ? text : columns.prompt(text);
    return List.of(new ChatMessage(USER, prompt));
  }

  private static Conversation of(DataRecord record, Columns columns) {
    if (record.fields().has(MESSAGES)) {
      return new Conversation(record.line(), messages(record));
    }
    if (record.fields().has(PROMPT)) {
      return pair(record, record.text(PROMPT), record.text(COMPLETION));
    }
    if (columns.promptTemplate != null) {
      String prompt = columns.prompt(record.text(columns.textColumn));
      return pair(record, prompt, record.label(columns.labelColumn));
    }
    throw new DataException(
        record.file(),
        record.line(),
        "neither 'messages' nor 'prompt' and 'completion'; a text and a label need a prompt"
            + " template");
  }

  private static Conversation pair(DataRecord record, String prompt, String completion) {
    return new Conversation(
        record.line(),
        List.of(new ChatMessage(USER, prompt), new ChatMessage(ASSISTANT, completion)));
  }

  private static List<ChatMessage> messages(DataRecord record) {
    List<ChatMessage> messages = parse(record);
    if (messages.size() < 2 || !endsWithAnswer(messages)) {
      throw new DataException(
          record.file(),
          record.line(),
          "'messages' must end with an answer of the assistant after a question");
    }
    return messages;
  }

  private static boolean endsWithAnswer(List<ChatMessage> messages) {
    return !messages.isEmpty() && messages.get(messages.size() - 1).role().equals(ASSISTANT);
  }

  private static List<ChatMessage> parse(DataRecord record) {
    JsonNode nodes = record.fields().get(MESSAGES);
    List<ChatMessage> messages = new ArrayList<>();
    for (JsonNode node : nodes) {
      if (!node.path("role").isTextual() || !node.path("content").isTextual()) {
        throw new DataException(
            record.file(), record.line(), "a message needs a role and a content, but is " + node);
      }
      messages.add(new ChatMessage(node.get("role").asText(), node.get("content").asText()));
    }
    return messages;
  }

  /** What comes before the last answer. */
  public List<ChatMessage> question() {
    return messages.subList(0, messages.size() - 1);
  }

  /** The last answer. */
  public String answer() {
    return messages.get(messages.size() - 1).content();
  }
}
