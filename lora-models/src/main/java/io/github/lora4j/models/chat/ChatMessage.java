package io.github.lora4j.models.chat;

import java.util.Objects;

/**
 * One message of a conversation.
 *
 * @param role who says it, such as {@code system}, {@code user} or {@code assistant}
 * @param content the text
 */
public record ChatMessage(String role, String content) {

  public ChatMessage {
    Objects.requireNonNull(role, "role");
    Objects.requireNonNull(content, "content");
  }
}
