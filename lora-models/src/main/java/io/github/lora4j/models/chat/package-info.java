/** Conversations as a language model expects them: messages, and the template of its checkpoint. */
package io.github.lora4j.models.chat;
