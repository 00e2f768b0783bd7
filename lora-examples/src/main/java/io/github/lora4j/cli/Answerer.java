package io.github.lora4j.cli;

import io.github.lora4j.lora.ActiveAdapter;
import io.github.lora4j.models.causal.Conversation;
import io.github.lora4j.models.causal.PromptFormat;

/**
 * An adapter that answers, with what its prompts are made of.
 *
 * @param adapter {@link ActiveAdapter#NONE} for the model by itself
 * @param columns where questions are
 * @param format how they become tokens
 */
record Answerer(ActiveAdapter adapter, Conversation.Columns columns, PromptFormat format) {}
