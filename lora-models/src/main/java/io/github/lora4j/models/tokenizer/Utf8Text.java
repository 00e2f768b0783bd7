package io.github.lora4j.models.tokenizer;

import java.nio.charset.StandardCharsets;

/**
 * Characters out of bytes that may not be UTF-8: the longest beginning of a character that does not
 * become one is one U+FFFD, as Unicode recommends and Rust does. (Java takes the three bytes of a
 * surrogate together.)
 */
final class Utf8Text {
  private static final char REPLACEMENT = '\ufffd';

  private Utf8Text() {}

  /** What there is, and how many bytes at the end are the beginning of a character. */
  record Decoded(String text, int begun) {}

  /** Decodes all but the beginning of a character at the end. */
  static Decoded decode(byte[] bytes) {
    StringBuilder text = new StringBuilder(bytes.length);
    int at = 0;
    while (at < bytes.length) {
      int expected = expected(bytes[at] & 255);
      int length = length(bytes, at, expected);
      if (length == expected) {
        text.append(new String(bytes, at, length, StandardCharsets.UTF_8));
      } else if (at + length == bytes.length && expected > 0) {
        return new Decoded(text.toString(), length);
      } else {
        text.append(REPLACEMENT);
      }
      at += length;
    }
    return new Decoded(text.toString(), 0);
  }

  /** Decodes all bytes. */
  static String decodeAll(byte[] bytes) {
    Decoded decoded = decode(bytes);
    return decoded.begun() > 0 ? decoded.text() + REPLACEMENT : decoded.text();
  }

  /** The bytes of a character with this first one, 0 if no character begins so. */
  private static int expected(int first) {
    if (first < 0x80) {
      return 1;
    }
    return first < 0xc2 ? 0 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : first < 0xf5 ? 4 : 0;
  }

  /** How many bytes from a position may be of one character, at least one. */
  private static int length(byte[] bytes, int at, int expected) {
    int length = 1;
    while (length < expected
        && at + length < bytes.length
        && follows(bytes[at] & 255, length, bytes[at + length] & 255)) {
      length++;
    }
    return length;
  }

  /** True if a byte may be the second, third or fourth of a character. */
  private static boolean follows(int first, int index, int value) {
    if (value < 0x80 || value >= 0xc0) {
      return false;
    }
    if (index > 1) {
      return true;
    }
    // Longer forms than needed, surrogates, and what is beyond Unicode.
    return switch (first) {
      case 0xe0 -> value >= 0xa0;
      case 0xed -> value < 0xa0;
      case 0xf0 -> value >= 0x90;
      case 0xf4 -> value < 0x90;
      default -> true;
    };
  }
}
