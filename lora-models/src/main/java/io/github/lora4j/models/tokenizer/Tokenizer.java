package io.github.lora4j.models.tokenizer;

import java.util.List;

/**
 * Turns texts into token ids. Implementations are thread-safe and give the same ids for the same
 * text, whatever else is in the batch; nothing is ever padded.
 */
public interface Tokenizer extends AutoCloseable {

  /**
   * The ids of a text with the special tokens of the model around them, at most {@link #maxLength}
   * of them. Of a longer text the end is cut off; the special tokens stay.
   */
  int[] encode(String text);

  /** The ids of each text as {@link #encode} gives them, and how many texts were cut. */
  TokenBatch encodeBatch(List<String> texts);

  /** The most ids that a text is given, special tokens included. */
  int maxLength();

  @Override
  void close();
}
