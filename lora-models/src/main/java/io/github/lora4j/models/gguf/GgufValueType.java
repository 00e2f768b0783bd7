package io.github.lora4j.models.gguf;

/** The types of metadata values, in the order of their numbers in GGUF files. */
enum GgufValueType {
  UINT8(1),
  INT8(1),
  UINT16(2),
  INT16(2),
  UINT32(4),
  INT32(4),
  FLOAT32(4),
  BOOL(1),
  STRING(8),
  ARRAY(12),
  UINT64(8),
  INT64(8),
  FLOAT64(8);

  /** Bytes of a value; of a string the length before its bytes, of an array its head. */
  final int bytes;

  GgufValueType(int bytes) {
    this.bytes = bytes;
  }

  boolean isInteger() {
    return switch (this) {
      case UINT8, INT8, UINT16, INT16, UINT32, INT32, UINT64, INT64 -> true;
      default -> false;
    };
  }

  boolean isNumber() {
    return isInteger() || this == FLOAT32 || this == FLOAT64;
  }

  boolean isFixed() {
    return this != STRING && this != ARRAY;
  }

  @Override
  public String toString() {
    return name().toLowerCase(java.util.Locale.ROOT);
  }
}
