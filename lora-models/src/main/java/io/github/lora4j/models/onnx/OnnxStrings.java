package io.github.lora4j.models.onnx;

import com.google.protobuf.CodedInputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;

/** Names in a protobuf message. */
final class OnnxStrings {

  private OnnxStrings() {}

  /**
   * Reads a name.
   *
   * @throws IOException if it is not UTF-8 or has control characters, which would break messages
   */
  // Not CodedInputStream.readString, which may use sun.misc.Unsafe: Java 24 and later warn of it.
  static String read(CodedInputStream in) throws IOException {
    String name;
    try {
      name =
          StandardCharsets.UTF_8
              .newDecoder()
              .decode(ByteBuffer.wrap(in.readByteArray()))
              .toString();
    } catch (CharacterCodingException e) {
      throw new IOException("a name is not UTF-8", e);
    }
    if (name.chars().anyMatch(Character::isISOControl)) {
      throw new IOException("a name has control characters");
    }
    return name;
  }
}
