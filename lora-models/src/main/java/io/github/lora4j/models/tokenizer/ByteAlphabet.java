package io.github.lora4j.models.tokenizer;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * The characters that byte-level BPE writes bytes as: printable bytes of Latin-1 as themselves, the
 * others, in order, as the characters from U+0100 on. Source: GPT-2's {@code bytes_to_unicode}.
 */
public final class ByteAlphabet {
  private static final char[] CHARACTERS = new char[256];
  private static final short[] BYTES = new short[512];

  static {
    Arrays.fill(BYTES, (short) -1);
    char next = 256;
    for (int b = 0; b < 256; b++) {
      boolean printable = b > ' ' && b < 0x7f || b > 0xa0 && b != 0xad;
      CHARACTERS[b] = printable ? (char) b : next++;
      BYTES[CHARACTERS[b]] = (short) b;
    }
  }

  private ByteAlphabet() {}

  /** The bytes that a token is written for; those of its UTF-8 if it has any other character. */
  public static byte[] bytes(String token) {
    byte[] bytes = new byte[token.length()];
    for (int i = 0; i < bytes.length; i++) {
      char c = token.charAt(i);
      if (c >= BYTES.length || BYTES[c] < 0) {
        return token.getBytes(StandardCharsets.UTF_8);
      }
      bytes[i] = (byte) BYTES[c];
    }
    return bytes;
  }

  /** True if a token is written in this alphabet. */
  public static boolean covers(String token) {
    return token.chars().allMatch(c -> c < BYTES.length && BYTES[c] >= 0);
  }

  /** The UTF-8 of a text in this alphabet. */
  public static String write(String text) {
    StringBuilder token = new StringBuilder();
    for (byte b : text.getBytes(StandardCharsets.UTF_8)) {
      token.append(CHARACTERS[b & 255]);
    }
    return token.toString();
  }
}
