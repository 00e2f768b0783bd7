package io.github.lora4j.models.causal;

import io.github.lora4j.adapter.LoraAdapter;
import io.github.lora4j.compute.Compute;
import io.github.lora4j.lora.ActiveAdapter;
import io.github.lora4j.models.chat.ChatTemplate;
import io.github.lora4j.models.tokenizer.TextTokenizer;
import io.github.lora4j.models.weights.WeightFormat;
import java.util.List;

/**
 * A decoder language model with its tokenizer and chat template: the base that adapters share. It
 * is held once and never changed; which adapter applies is an argument of each call. Thread-safe.
 */
public final class CausalLm implements AutoCloseable {
  private final DecoderBase base;
  private final TextFiles texts;

  private CausalLm(DecoderBase base, TextFiles texts) {
    this.base = base;
    this.texts = texts;
  }

  /**
   * Opens a model.
   *
   * @param format for the weights of linear layers
   * @throws io.github.lora4j.checkpoint.CheckpointException if a file is missing or damaged, or the
   *     family is not known
   */
  public static CausalLm open(Compute compute, DecoderSource source, WeightFormat format) {
    TextFiles texts = TextFiles.open(source);
    try {
      return new CausalLm(source.open(compute, format), texts);
    } catch (RuntimeException | Error e) {
      texts.close();
      throw e;
    }
  }

  /** The decoder and what tells it from others. */
  public DecoderBase base() {
    return base;
  }

  /** The tokenizer and the chat template. */
  public TextFiles texts() {
    return texts;
  }

  /** The tokenizer. */
  public TextTokenizer tokenizer() {
    return texts.tokenizer();
  }

  /** How messages become a prompt; null if the checkpoint has no template. */
  public ChatTemplate chatTemplate() {
    return texts.chatTemplate();
  }

  /** The tokens that end a sequence, that of the tokenizer first. */
  public List<Integer> endTokens() {
    return texts.endTokens();
  }

  /**
   * How conversations become tokens.
   *
   * @param chat whether the chat template applies, if there is one
   */
  public PromptFormat promptFormat(boolean chat) {
    return texts.promptFormat(chat);
  }

  /**
   * An adapter in the form that calls take.
   *
   * @throws IllegalArgumentException if it does not fit this base, or what it took from the base
   *     cannot be found again
   */
  public ActiveAdapter bind(LoraAdapter adapter) {
    return base.bind(adapter);
  }

  /** Closes the tokenizer; the {@link Compute} stays its owner's. */
  @Override
  public void close() {
    texts.close();
  }
}
