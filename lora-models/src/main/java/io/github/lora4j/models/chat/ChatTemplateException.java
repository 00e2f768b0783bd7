package io.github.lora4j.models.chat;

import io.github.lora4j.checkpoint.CheckpointException;

/** A chat template that cannot be used; the message is one line that names its source. */
public final class ChatTemplateException extends RuntimeException {

  private static final long serialVersionUID = 1L;

  ChatTemplateException(CheckpointException cause) {
    super(cause.getMessage(), cause);
  }

  ChatTemplateException(String source, String problem) {
    super(source + ": " + problem);
  }

  ChatTemplateException(String source, String problem, Throwable cause) {
    super(source + ": " + problem, cause);
  }
}
