package io.github.lora4j.models.gguf;

import io.github.lora4j.checkpoint.CheckpointException;
import io.github.lora4j.models.tokenizer.TextTokenizer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Optional;

/**
 * The tokenizer in a GGUF file. It is rebuilt as a {@code tokenizer.json} and loaded by Hugging
 * Face's library, so it gives the ids of the model that the file was made from. Known are the
 * models {@code gpt2} (byte-level BPE) and {@code llama} (SentencePiece with scores).
 */
public final class GgufTokenizer {
  private GgufTokenizer() {}

  /**
   * Loads the tokenizer; the file may be closed afterwards. What ends a generation are the tokens
   * of the ends of texts, turns and messages in the metadata, and the control tokens {@code
   * <|eot_id|>}, {@code <|im_end|>}, {@code <|end|>} and {@code <end_of_turn>}.
   *
   * @throws CheckpointException if the file has none, it is damaged, or of a kind that is not known
   * @throws IllegalStateException if there is no native library for this platform
   */
  public static TextTokenizer open(GgufFile file) {
    GgufVocabulary vocabulary = new GgufVocabulary(file);
    return TextTokenizer.of(file.source(), json(file, vocabulary), vocabulary.specialTokens());
  }

  /**
   * The tokenizer as the content of a {@code tokenizer.json}.
   *
   * @throws CheckpointException as {@link #open}
   */
  public static byte[] json(GgufFile file) {
    return json(file, new GgufVocabulary(file));
  }

  private static byte[] json(GgufFile file, GgufVocabulary vocabulary) {
    GgufMetadata metadata = file.metadata();
    String model = metadata.string("tokenizer.ggml.model");
    try {
      return switch (model) {
        case "gpt2" -> TokenizerJsonWriter.byteLevel(vocabulary, split(file));
        case "llama" ->
            TokenizerJsonWriter.sentencePiece(
                vocabulary, metadata.string("general.architecture", ""));
        default ->
            throw new CheckpointException(
                file.source(),
                "tokenizer.ggml.model is '"
                    + model.lines().findFirst().orElse("")
                    + "'; known are gpt2 and llama");
      };
    } catch (IOException e) {
      throw new UncheckedIOException(e); // Nothing but memory is written to.
    }
  }

  private static BytePairSplit split(GgufFile file) {
    String name = file.metadata().string("tokenizer.ggml.pre", BytePairSplit.DEFAULT);
    return BytePairSplit.of(name)
        .orElseThrow(
            () ->
                new CheckpointException(
                    file.source(),
                    "tokenizer.ggml.pre is '"
                        + name.lines().findFirst().orElse("")
                        + "'; known are "
                        + String.join(", ", BytePairSplit.names())));
  }

  /**
   * The template that makes a prompt of messages, in Jinja, if the file has one.
   *
   * @throws CheckpointException if it is not a string
   */
  public static Optional<String> chatTemplate(GgufFile file) {
    return Optional.ofNullable(file.metadata().string("tokenizer.chat_template", null));
  }
}
