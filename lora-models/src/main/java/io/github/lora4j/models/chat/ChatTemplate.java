package io.github.lora4j.models.chat;

import io.github.lora4j.models.jinja.JinjaException;
import io.github.lora4j.models.jinja.JinjaTemplate;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/**
 * The Jinja template with which a checkpoint turns a conversation into a prompt, rendered as
 * transformers' {@code apply_chat_template} does. Immutable and thread-safe.
 *
 * <p>The prompt holds the special tokens of the model as text, its begin of sequence too if the
 * template writes it: tokenize it without adding special tokens. What users write is put in as it
 * is, so a message that spells a special token reads like one.
 *
 * <p>A template reaches no class, file or network, and stops with an error when it computes too
 * much ({@link io.github.lora4j.models.jinja.JinjaLimits#DEFAULT}).
 */
public final class ChatTemplate {
  private final String source;
  private final JinjaTemplate template;
  private final Map<String, String> specialTokens;
  private final Clock clock;

  private ChatTemplate(
      String source, JinjaTemplate template, Map<String, String> specialTokens, Clock clock) {
    this.source = source;
    this.template = template;
    this.specialTokens = specialTokens;
    this.clock = clock;
  }

  /**
   * Compiles a template.
   *
   * @param source where it comes from, a file or a key of a file, for messages
   * @param template the Jinja source
   * @param specialTokens variables of the template such as {@code bos_token} and {@code eos_token};
   *     one that the model does not have is left out
   * @throws ChatTemplateException if its syntax is wrong
   */
  public static ChatTemplate of(String source, String template, Map<String, String> specialTokens) {
    Objects.requireNonNull(source, "source");
    try {
      return new ChatTemplate(
          source,
          JinjaTemplate.compile(template),
          Map.copyOf(specialTokens),
          Clock.systemDefaultZone());
    } catch (JinjaException e) {
      throw new ChatTemplateException(source, e.getMessage(), e);
    }
  }

  /**
   * Reads the template of a checkpoint: {@code chat_template.jinja}, else {@code
   * chat_template.json}, else the field {@code chat_template} of {@code tokenizer_config.json}. Of
   * named templates it takes {@code default}. Special tokens are those of {@code
   * tokenizer_config.json} and, for what it does not name, of {@code special_tokens_map.json}.
   *
   * @throws ChatTemplateException if there is no template, a file cannot be read, or the syntax is
   *     wrong
   */
  public static ChatTemplate open(Path directory) {
    return ChatTemplateFiles.open(directory);
  }

  /**
   * The template of a checkpoint, if it has one.
   *
   * @throws ChatTemplateException as {@link #open}, but for there being none
   */
  public static Optional<ChatTemplate> find(Path directory) {
    return ChatTemplateFiles.find(directory);
  }

  /** The same template with the clock that its {@code strftime_now} reads. */
  public ChatTemplate withClock(Clock other) {
    return new ChatTemplate(source, template, specialTokens, Objects.requireNonNull(other));
  }

  /**
   * Renders a conversation. The template sees {@code messages}, {@code add_generation_prompt},
   * {@code tools} and {@code documents} (None), the special tokens, and {@code variables}, which
   * win over all of these but the first two.
   *
   * @param messages at least one
   * @param addGenerationPrompt whether the prompt ends where an answer of the assistant begins
   * @param variables more variables, such as {@code enable_thinking}: null, Boolean, Number,
   *     String, List and Map
   * @throws ChatTemplateException if the template refuses the conversation or fails
   * @throws IllegalArgumentException if there is no message, or a variable has another type
   */
  public String render(
      List<ChatMessage> messages, boolean addGenerationPrompt, Map<String, ?> variables) {
    if (messages.isEmpty()) {
      throw new IllegalArgumentException("a conversation without messages");
    }
    Map<String, Object> all = new HashMap<>(specialTokens);
    all.put("tools", null);
    all.put("documents", null);
    all.putAll(variables);
    List<Map<String, String>> maps = new ArrayList<>();
    for (ChatMessage message : messages) {
      Map<String, String> map = new LinkedHashMap<>(); // a template may print a message as a whole
      map.put("role", message.role());
      map.put("content", message.content());
      maps.add(map);
    }
    all.put("messages", maps);
    all.put("add_generation_prompt", addGenerationPrompt);
    try {
      return template.render(all, clock);
    } catch (JinjaException e) {
      throw new ChatTemplateException(source, e.getMessage(), e);
    }
  }

  /** As {@link #render(List, boolean, Map)} without variables. */
  public String render(List<ChatMessage> messages, boolean addGenerationPrompt) {
    return render(messages, addGenerationPrompt, Map.of());
  }

  /** Where the template comes from. */
  public String source() {
    return source;
  }

  /** The special tokens that the template sees, by name. */
  public Map<String, String> specialTokens() {
    return specialTokens;
  }
}
