package io.github.lora4j.models.constrain;

import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;

/** Text as it stands inside a JSON string. */
final class Utf8Text {
  private Utf8Text() {}

  /** How many whole characters the bytes are that need no escape, or -1 if they are not. */
  static int plainCharacters(byte[] bytes) {
    for (byte one : bytes) {
      if ((one >= 0 && one < 0x20) || one == '"' || one == '\\') {
        return -1;
      }
    }
    try {
      CharBuffer text = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes));
      return Character.codePointCount(text, 0, text.length());
    } catch (CharacterCodingException e) {
      return -1;
    }
  }
}
