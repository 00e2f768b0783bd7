package io.github.lora4j.checkpoint.torch;

import io.github.lora4j.checkpoint.CheckpointException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;

/** The bytes of a pickle, read from front to back. Not thread-safe. */
final class PickleBytes {
  private final String source;
  private final ByteBuffer bytes;

  PickleBytes(String source, byte[] bytes) {
    this.source = source;
    this.bytes = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
  }

  int u8() {
    require(1);
    return bytes.get() & 0xff;
  }

  int u16() {
    require(2);
    return bytes.getShort() & 0xffff;
  }

  int i32() {
    require(4);
    return bytes.getInt();
  }

  /** A length or index of four bytes. */
  int length() {
    int length = i32();
    if (length < 0) {
      throw bad("a length of " + Integer.toUnsignedString(length));
    }
    return length;
  }

  /** A big-endian float64. */
  double f64() {
    require(8);
    return Double.longBitsToDouble(Long.reverseBytes(bytes.getLong()));
  }

  /** A little-endian integer in two's complement. */
  long integer(int length) {
    if (length > 8) {
      throw bad("an integer of " + length + " bytes");
    }
    require(length);
    long value = 0;
    for (int i = 0; i < length; i++) {
      value |= (bytes.get() & 0xffL) << (8 * i);
    }
    int unused = 64 - 8 * length;
    return length == 0 ? 0 : value << unused >> unused;
  }

  void skip(int length) {
    require(length);
    bytes.position(bytes.position() + length);
  }

  String utf8(int length) {
    require(length);
    ByteBuffer part = bytes.slice(bytes.position(), length);
    bytes.position(bytes.position() + length);
    try {
      return StandardCharsets.UTF_8.newDecoder().decode(part).toString();
    } catch (CharacterCodingException e) {
      throw bad("a string that is not UTF-8");
    }
  }

  /** Up to the end of the line, which is passed over. */
  String line() {
    int end = bytes.position();
    while (end < bytes.limit() && bytes.get(end) != '\n') {
      end++;
    }
    String line = utf8(end - bytes.position());
    skip(1);
    return line;
  }

  private void require(int length) {
    if (length > bytes.remaining()) {
      throw bad("its end where " + length + " more bytes should be");
    }
  }

  /** Says what was found and where. */
  CheckpointException bad(String found) {
    return new CheckpointException(
        source, "the pickle has " + found + " at byte " + bytes.position());
  }
}
