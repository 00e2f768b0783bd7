package io.github.lora4j.checkpoint;

import java.util.Optional;

/**
 * The element types of checkpoint files with a whole number of bytes for an element. The constants
 * stand in the order of the official safetensors library, which writes the tensors of the last
 * types first so that each is aligned.
 */
public enum DType {
  BOOL(1),
  U8(1),
  I8(1),
  F8_E5M2(1),
  F8_E4M3(1),
  F8_E8M0(1),
  I16(2),
  U16(2),
  F16(2),
  BF16(2),
  I32(4),
  U32(4),
  F32(4),
  C64(8),
  F64(8),
  I64(8),
  U64(8);

  private final int byteSize;

  DType(int byteSize) {
    this.byteSize = byteSize;
  }

  /** Bytes of one element. */
  public int byteSize() {
    return byteSize;
  }

  /** Whether {@link NamedTensors#readFloat32} converts this type. */
  public boolean isReadableAsFloat32() {
    return this == F32 || this == F16 || this == BF16 || this == F64;
  }

  /** The type with this safetensors name, such as {@code BF16}. */
  public static Optional<DType> ofSafetensorsName(String name) {
    for (DType type : values()) {
      if (type.name().equals(name)) {
        return Optional.of(type);
      }
    }
    return Optional.empty();
  }
}
