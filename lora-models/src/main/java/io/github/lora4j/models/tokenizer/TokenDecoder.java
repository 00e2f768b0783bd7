package io.github.lora4j.models.tokenizer;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/**
 * How tokens become text, as far as the decoders of language models go: byte-level BPE, or
 * SentencePiece with {@code ▁} for spaces and, maybe, tokens such as {@code <0x0A>} for bytes.
 *
 * @param byteLevel true if tokens are written in the {@link ByteAlphabet}
 * @param byteFallback true if {@code <0x0A>} stands for a byte
 * @param strip the most spaces that are taken off the beginning of a text
 * @param bareFirst true if the first token of a text loses all its {@code ▁}
 */
record TokenDecoder(boolean byteLevel, boolean byteFallback, int strip, boolean bareFirst) {
  private static final String SPACE = "▁";

  /** Reads the decoder of a {@code tokenizer.json}; empty if it is of another kind. */
  static Optional<TokenDecoder> parse(JsonNode decoder) {
    Parser parser = new Parser();
    parser.add(decoder);
    return parser.known && parser.byteLevel != parser.spaces
        ? Optional.of(
            new TokenDecoder(parser.byteLevel, parser.byteFallback, parser.strip, parser.bareFirst))
        : Optional.empty();
  }

  private static final class Parser {
    private boolean known = true;
    private boolean byteLevel;
    private boolean spaces;
    private boolean byteFallback;
    private boolean bareFirst;
    private int strip;

    void add(JsonNode decoder) {
      switch (decoder.path("type").asText()) {
        case "Sequence" -> decoder.path("decoders").forEach(this::add);
        case "ByteLevel" -> byteLevel = true;
        case "ByteFallback" -> byteFallback = true;
        case "Fuse" -> {}
        case "Replace" -> {
          require(decoder.path("pattern").path("String").asText().equals(SPACE));
          require(decoder.path("content").asText().equals(" "));
          spaces = true;
        }
        case "Metaspace" -> {
          require(decoder.path("replacement").asText().equals(SPACE));
          spaces = true;
          bareFirst = !decoder.path("prepend_scheme").asText("always").equals("never");
        }
        case "Strip" -> {
          require(decoder.path("content").asText().equals(" "));
          require(decoder.path("stop").asInt() == 0);
          strip = decoder.path("start").asInt();
        }
        default -> require(false);
      }
    }

    private void require(boolean fits) {
      known &= fits;
    }
  }

  /** The bytes that a token stands for anywhere but at the beginning of a text. */
  byte[] bytes(String token) {
    if (byteLevel) {
      return ByteAlphabet.bytes(token);
    }
    int value = byteValue(token);
    return value >= 0
        ? new byte[] {(byte) value}
        : token.replace(SPACE, " ").getBytes(StandardCharsets.UTF_8);
  }

  /** The byte that a token of SentencePiece stands for, or -1. */
  int byteValue(String token) {
    if (!byteFallback
        || token.length() != 6
        || !token.startsWith("<0x")
        || !token.endsWith(">")
        || Character.digit(token.charAt(3), 16) < 0
        || Character.digit(token.charAt(4), 16) < 0) {
      return -1;
    }
    return Integer.parseInt(token.substring(3, 5), 16);
  }

  /** The text of a token of SentencePiece. */
  String text(String token, boolean first) {
    return token.replace(SPACE, first && bareFirst ? "" : " ");
  }
}
