package io.github.lora4j.models.tokenizer;

import io.github.lora4j.checkpoint.CheckpointException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * The tokenizer of a language model: texts to token ids and back. It is Hugging Face's own library,
 * so ids are those of Hugging Face. Texts are neither cut nor padded. Special tokens within a text,
 * such as those of a chat template, become their ids.
 *
 * <p>Thread-safe: any number of threads may use it at the same time, and {@link #close} waits for
 * them. Nothing is downloaded; about the native library see {@link HuggingFaceTokenizer}.
 */
public final class TextTokenizer implements AutoCloseable {
  private static final Map<String, String> WHOLE =
      Map.of("padding", "false", "truncation", "false");

  private final String source;
  private final NativeTokenizer tokenizer;
  private final TokenizerJson json;

  /** Null if it is of another kind. */
  private final TokenDecoder decoder;

  private final SpecialTokens specialTokens;

  private TextTokenizer(
      String source, NativeTokenizer tokenizer, TokenizerJson json, SpecialTokens specialTokens) {
    this.source = source;
    this.tokenizer = tokenizer;
    this.json = json;
    this.decoder = TokenDecoder.parse(json.decoder()).orElse(null);
    this.specialTokens = specialTokens;
  }

  /**
   * Loads the tokenizer of a model directory: {@code tokenizer.json}, and what {@code
   * tokenizer_config.json}, {@code special_tokens_map.json}, {@code generation_config.json} and
   * {@code config.json} say about special tokens, if they are there.
   *
   * @throws CheckpointException if a file cannot be read or is not valid
   * @throws IllegalStateException if there is no native library for this platform
   */
  public static TextTokenizer open(Path directory) {
    Path file = directory.resolve("tokenizer.json");
    try {
      byte[] content = Files.readAllBytes(file);
      TokenizerJson json = TokenizerJson.parse(file.toString(), content);
      return load(file.toString(), content, json, new SpecialTokenFiles(directory, json).find());
    } catch (NoSuchFileException e) {
      throw new CheckpointException(file.toString(), "no such file", e);
    } catch (IOException e) {
      throw new CheckpointException(file.toString(), "cannot be read (" + e.getMessage() + ")", e);
    }
  }

  /**
   * Loads a tokenizer from memory.
   *
   * @param source what to call it in messages
   * @param json the content of a {@code tokenizer.json}
   * @throws CheckpointException if it is not valid
   * @throws IllegalStateException if there is no native library for this platform
   */
  public static TextTokenizer of(String source, byte[] json, SpecialTokens specialTokens) {
    return load(source, json, TokenizerJson.parse(source, json), specialTokens);
  }

  private static TextTokenizer load(
      String source, byte[] content, TokenizerJson json, SpecialTokens specialTokens) {
    NativeTokenizer tokenizer = NativeTokenizer.load(source, content, WHOLE);
    return new TextTokenizer(source, tokenizer, json, specialTokens);
  }

  /**
   * The ids of a text.
   *
   * @param addSpecialTokens true for those that the tokenizer puts around a text, such as that of
   *     its beginning; special tokens in the text are always found
   */
  public int[] encode(String text, boolean addSpecialTokens) {
    return encodeBatch(List.of(text), addSpecialTokens).get(0);
  }

  /** The ids of each text as {@link #encode} gives them, on several threads. */
  public List<int[]> encodeBatch(List<String> texts, boolean addSpecialTokens) {
    return tokenizer.encode(texts, addSpecialTokens).ids();
  }

  /**
   * The text of ids, with all spaces that the tokens have. Ids that no token has are passed over,
   * as they are by the library: models have more rows than tokens.
   *
   * @param skipSpecialTokens true to leave special tokens out
   * @throws IllegalArgumentException if an id is negative
   */
  public String decode(int[] ids, boolean skipSpecialTokens) {
    for (int id : ids) {
      has(id);
    }
    return tokenizer.decode(ids, skipSpecialTokens);
  }

  /**
   * Decodes token by token.
   *
   * @param skipSpecialTokens true to leave special tokens out
   * @throws CheckpointException if tokens become text in a way that is not known, as {@link #bytes}
   */
  public TokenStream stream(boolean skipSpecialTokens) {
    return new TokenStream(this, decoder(), skipSpecialTokens);
  }

  /** The highest id and one. */
  public int vocabSize() {
    return json.tokens().length;
  }

  /** The id of a token as the vocabulary writes it, special tokens included. */
  public OptionalInt id(String token) {
    Integer id = json.ids().get(token);
    return id == null ? OptionalInt.empty() : OptionalInt.of(id);
  }

  /**
   * A token as the vocabulary writes it.
   *
   * @throws IllegalArgumentException if no token has this id
   */
  public String token(int id) {
    if (!has(id)) {
      throw new IllegalArgumentException(
          "no token has the id " + id + "; the vocabulary has " + vocabSize());
    }
    return json.tokens()[id];
  }

  /** True for a special token. */
  public boolean isSpecial(int id) {
    return has(id) && json.special().get(id);
  }

  /** True if there is a token of this id. */
  boolean has(int id) {
    if (id < 0) {
      throw new IllegalArgumentException("token id " + id + " is negative");
    }
    return id < json.tokens().length && json.tokens()[id] != null;
  }

  /**
   * The bytes that a token stands for within a text: part of a character, maybe. Empty for special
   * tokens and for ids that no token has. A space at the beginning of the first token may be
   * missing from the decoded text.
   *
   * @throws IllegalArgumentException if the id is negative
   * @throws CheckpointException if tokens become text in another way than in byte-level BPE or
   *     SentencePiece
   */
  public byte[] bytes(int id) {
    return has(id) && !isSpecial(id) ? decoder().bytes(token(id)) : new byte[0];
  }

  private TokenDecoder decoder() {
    if (decoder == null) {
      throw new CheckpointException(
          source,
          "its decoder is "
              + json.decoder()
              + "; texts can be generated with byte-level BPE and SentencePiece");
    }
    return decoder;
  }

  /** The special tokens of the model. */
  public SpecialTokens specialTokens() {
    return specialTokens;
  }

  /** The id of the token that begins a text, if the model has one. */
  public OptionalInt bosTokenId() {
    return specialTokens.bos();
  }

  /**
   * The id of the token that ends a text, if there is one; {@link SpecialTokens#eos} has all that
   * end a generation.
   */
  public OptionalInt eosTokenId() {
    return specialTokens.eos().stream().mapToInt(Integer::intValue).findFirst();
  }

  /** The token that begins a text. */
  public Optional<String> bosToken() {
    return text(bosTokenId());
  }

  /** The token that ends a text. */
  public Optional<String> eosToken() {
    return text(eosTokenId());
  }

  /** The token that fills up batches. */
  public Optional<String> padToken() {
    return text(specialTokens.pad());
  }

  private Optional<String> text(OptionalInt id) {
    return id.isPresent() ? Optional.of(token(id.getAsInt())) : Optional.empty();
  }

  @Override
  public void close() {
    tokenizer.close();
  }
}
