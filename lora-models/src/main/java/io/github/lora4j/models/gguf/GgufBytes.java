package io.github.lora4j.models.gguf;

import io.github.lora4j.checkpoint.CheckpointException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;

/**
 * Reads the beginning of a file by position; what would go past its end is refused. Thread-safe.
 */
final class GgufBytes {
  private final String source;
  private final ByteBuffer bytes;

  GgufBytes(String source, ByteBuffer bytes) {
    this.source = source;
    this.bytes = bytes.slice().order(ByteOrder.LITTLE_ENDIAN);
  }

  String source() {
    return source;
  }

  int limit() {
    return bytes.limit();
  }

  CheckpointException error(String problem) {
    return new CheckpointException(source, problem);
  }

  /**
   * Refuses what is not there.
   *
   * @param what for the message
   */
  void require(int at, long length, String what) {
    if (length < 0 || length > bytes.limit() - at) {
      throw error(
          what
              + " of "
              + Long.toUnsignedString(length)
              + " bytes at byte "
              + at
              + " goes past the end at byte "
              + bytes.limit());
    }
  }

  /**
   * Refuses more items than there is room for.
   *
   * @param smallest bytes of an item, at least
   */
  int count(int at, long count, int smallest, String what) {
    if (count < 0 || count > (bytes.limit() - at) / smallest) {
      throw error(
          Long.toUnsignedString(count)
              + " "
              + what
              + " do not fit the "
              + (bytes.limit() - at)
              + " bytes after byte "
              + at);
    }
    return (int) count;
  }

  int int32(int at, String what) {
    require(at, 4, what);
    return bytes.getInt(at);
  }

  long int64(int at, String what) {
    require(at, 8, what);
    return bytes.getLong(at);
  }

  /** The position after the string at a position. */
  int afterString(int at, String what) {
    long length = int64(at, what);
    require(at + 8, length, what);
    return at + 8 + (int) length;
  }

  /** The string at a position that {@link #afterString} has passed. */
  String string(int at, String what) {
    int length = (int) bytes.getLong(at);
    ByteBuffer slice = bytes.slice(at + 8, length);
    try {
      return StandardCharsets.UTF_8
          .newDecoder()
          .onMalformedInput(CodingErrorAction.REPORT)
          .decode(slice)
          .toString();
    } catch (CharacterCodingException e) {
      throw new CheckpointException(source, what + " at byte " + at + " is not valid UTF-8", e);
    }
  }

  /** An integer of a type at a position that was checked. */
  long integer(GgufValueType type, int at, String what) {
    return switch (type) {
      case UINT8 -> bytes.get(at) & 0xff;
      case INT8 -> bytes.get(at);
      case UINT16 -> bytes.getShort(at) & 0xffff;
      case INT16 -> bytes.getShort(at);
      case UINT32 -> bytes.getInt(at) & 0xffffffffL;
      case INT32 -> bytes.getInt(at);
      case INT64 -> bytes.getLong(at);
      case UINT64 -> {
        long value = bytes.getLong(at);
        if (value < 0) {
          throw error(what + " is " + Long.toUnsignedString(value) + ", too large");
        }
        yield value;
      }
      default -> throw new IllegalArgumentException(type + " is no integer");
    };
  }

  /** A number of a type at a position that was checked. */
  double number(GgufValueType type, int at, String what) {
    return switch (type) {
      case FLOAT32 -> bytes.getFloat(at);
      case FLOAT64 -> bytes.getDouble(at);
      default -> integer(type, at, what);
    };
  }

  /** A truth value at a position that was checked. */
  boolean bool(int at, String what) {
    byte value = bytes.get(at);
    if (value != 0 && value != 1) {
      throw error(what + " is " + value + ", neither 0 nor 1");
    }
    return value == 1;
  }
}
