package io.github.lora4j.models.tokenizer;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;

/**
 * Text from tokens that come one after the other. Parts of a character are held back until the rest
 * has come; all that {@link #add} and {@link #finish} return, joined, is what {@link
 * TextTokenizer#decode} gives for all tokens. SentencePiece's byte tokens are held back until
 * another token comes, since whether they are text is known only then. For one thread.
 */
public final class TokenStream {
  private final TextTokenizer tokenizer;
  private final TokenDecoder decoder;
  private final boolean skipSpecialTokens;

  /** Bytes that are no whole characters yet, or a run of byte tokens. */
  private final ByteArrayOutputStream held = new ByteArrayOutputStream();

  private boolean anyToken;

  /** Spaces that may still be taken off the beginning. */
  private int strip;

  TokenStream(TextTokenizer tokenizer, TokenDecoder decoder, boolean skipSpecialTokens) {
    this.tokenizer = tokenizer;
    this.decoder = decoder;
    this.skipSpecialTokens = skipSpecialTokens;
    this.strip = decoder.strip();
  }

  /**
   * The text that is certain after a token, often empty.
   *
   * @throws IllegalArgumentException if the id is negative
   */
  public String add(int id) {
    if (!tokenizer.has(id) || skipSpecialTokens && tokenizer.isSpecial(id)) {
      return "";
    }
    String token = tokenizer.token(id);
    boolean first = !anyToken;
    anyToken = true;
    if (decoder.byteLevel()) {
      held.writeBytes(decoder.bytes(token));
      return wholeCharacters();
    }
    int value = decoder.byteValue(token);
    if (value >= 0) {
      held.write(value);
      return "";
    }
    return stripped(run() + decoder.text(token, first));
  }

  /** The rest; what is no whole character becomes U+FFFD. The stream begins anew afterwards. */
  public String finish() {
    String rest = decoder.byteLevel() ? Utf8Text.decodeAll(held.toByteArray()) : stripped(run());
    held.reset();
    anyToken = false;
    strip = decoder.strip();
    return rest;
  }

  /** What of the held bytes is text, whatever comes next. */
  private String wholeCharacters() {
    byte[] bytes = held.toByteArray();
    Utf8Text.Decoded decoded = Utf8Text.decode(bytes);
    held.reset();
    held.write(bytes, bytes.length - decoded.begun(), decoded.begun());
    return decoded.text();
  }

  /** The text of a run of byte tokens: all of it, or U+FFFD for each byte. */
  private String run() {
    byte[] bytes = held.toByteArray();
    held.reset();
    try {
      return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
    } catch (CharacterCodingException e) {
      return "\ufffd".repeat(bytes.length);
    }
  }

  private String stripped(String text) {
    int from = 0;
    while (strip > 0 && from < text.length()) {
      if (text.charAt(from) == ' ') {
        from++;
        strip--;
      } else {
        strip = 0;
      }
    }
    return text.substring(from);
  }
}
