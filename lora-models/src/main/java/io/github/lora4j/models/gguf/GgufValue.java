package io.github.lora4j.models.gguf;

import io.github.lora4j.checkpoint.CheckpointException;
import java.util.ArrayList;
import java.util.List;

/**
 * One metadata value, which stays in the file until it is asked for. A vocabulary of a quarter of a
 * million tokens costs nothing but the pass over its lengths.
 */
final class GgufValue {
  /** Arrays in arrays: none are known that go deeper than two. */
  private static final int DEEPEST = 8;

  private final GgufBytes bytes;
  private final String what;
  private final GgufValueType type;
  private final int at;

  /** Of an array. */
  private final GgufValueType elementType;

  private final int count;
  private final int end;

  private GgufValue(
      GgufBytes bytes,
      String what,
      GgufValueType type,
      int at,
      GgufValueType elementType,
      int count,
      int end) {
    this.bytes = bytes;
    this.what = what;
    this.type = type;
    this.at = at;
    this.elementType = elementType;
    this.count = count;
    this.end = end;
  }

  /**
   * The value at a position, with its whole extent checked.
   *
   * @param what to call it in messages, such as {@code metadata 'general.name'}
   */
  static GgufValue at(GgufBytes bytes, GgufValueType type, int at, String what) {
    return at(bytes, type, at, what, 0);
  }

  private static GgufValue at(GgufBytes bytes, GgufValueType type, int at, String what, int depth) {
    if (type == GgufValueType.STRING) {
      return new GgufValue(bytes, what, type, at, null, 0, bytes.afterString(at, what));
    }
    if (type != GgufValueType.ARRAY) {
      bytes.require(at, type.bytes, what);
      return new GgufValue(bytes, what, type, at, null, 0, at + type.bytes);
    }
    if (depth == DEEPEST) {
      throw bytes.error(what + " has arrays more than " + DEEPEST + " deep");
    }
    GgufValueType elementType = type(bytes, at, what);
    long stated = bytes.int64(at + 4, what);
    int end = at + type.bytes;
    int count = bytes.count(end, stated, elementType.bytes, "values of " + what);
    if (elementType.isFixed()) {
      end += count * elementType.bytes;
    } else {
      for (int i = 0; i < count; i++) {
        end =
            elementType == GgufValueType.STRING
                ? bytes.afterString(end, what)
                : at(bytes, elementType, end, what, depth + 1).end;
      }
    }
    return new GgufValue(bytes, what, type, at + type.bytes, elementType, count, end);
  }

  /** The type whose number is at a position. */
  static GgufValueType type(GgufBytes bytes, int at, String what) {
    int id = bytes.int32(at, what);
    GgufValueType[] types = GgufValueType.values();
    if (id < 0 || id >= types.length) {
      throw bytes.error(what + " has the unknown value type " + Integer.toUnsignedString(id));
    }
    return types[id];
  }

  /** The position after the value. */
  int end() {
    return end;
  }

  /** How many elements an array has. */
  int count() {
    requireArray("an array");
    return count;
  }

  String string() {
    require(type == GgufValueType.STRING, "a string");
    return bytes.string(at, what);
  }

  long integer() {
    require(type.isInteger(), "an integer");
    return bytes.integer(type, at, what);
  }

  double number() {
    require(type.isNumber(), "a number");
    return bytes.number(type, at, what);
  }

  boolean bool() {
    require(type == GgufValueType.BOOL, "a truth value");
    return bytes.bool(at, what);
  }

  String[] strings() {
    requireArray("an array of strings");
    require(count == 0 || elementType == GgufValueType.STRING, "an array of strings");
    String[] values = new String[count];
    int next = at;
    for (int i = 0; i < count; i++) {
      values[i] = bytes.string(next, what);
      next = bytes.afterString(next, what);
    }
    return values;
  }

  long[] integers() {
    requireArray("an array of integers");
    require(count == 0 || elementType.isInteger(), "an array of integers");
    long[] values = new long[count];
    for (int i = 0; i < count; i++) {
      values[i] = bytes.integer(elementType, at + i * elementType.bytes, what);
    }
    return values;
  }

  float[] floats() {
    requireArray("an array of numbers");
    require(count == 0 || elementType.isNumber(), "an array of numbers");
    float[] values = new float[count];
    for (int i = 0; i < count; i++) {
      values[i] = (float) bytes.number(elementType, at + i * elementType.bytes, what);
    }
    return values;
  }

  /** A Long, Double, Boolean or String, or a List of them or of lists. */
  Object object() {
    return switch (type) {
      case STRING -> string();
      case BOOL -> bool();
      case FLOAT32, FLOAT64 -> number();
      case ARRAY -> list();
      default -> integer();
    };
  }

  private List<Object> list() {
    List<Object> values = new ArrayList<>();
    int next = at;
    for (int i = 0; i < count; i++) {
      GgufValue value = at(bytes, elementType, next, what, 1);
      values.add(value.object());
      next = value.end;
    }
    return values;
  }

  boolean isArray() {
    return type == GgufValueType.ARRAY;
  }

  private void requireArray(String wanted) {
    require(type == GgufValueType.ARRAY, wanted);
  }

  private void require(boolean fits, String wanted) {
    if (!fits) {
      String is = type == GgufValueType.ARRAY ? "an array of " + elementType : "a " + type;
      throw new CheckpointException(bytes.source(), what + " is " + is + ", not " + wanted);
    }
  }
}
