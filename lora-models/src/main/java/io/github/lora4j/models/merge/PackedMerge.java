package io.github.lora4j.models.merge;

import io.github.lora4j.checkpoint.DType;

/** What becomes of the weights that a checkpoint holds in 4 bits. */
public enum PackedMerge {
  /** Decoded to float32; nothing is lost. */
  FLOAT32(DType.F32),
  /** Decoded and rounded to bfloat16. */
  BFLOAT16(DType.BF16),
  /** Decoded and rounded to float16. */
  FLOAT16(DType.F16),
  /**
   * Those with an update are decoded and packed again in the same way, as PEFT does: what is
   * smaller than the steps of their 16 values is lost. The others stay as they are.
   */
  PACKED(null);

  private final DType type;

  PackedMerge(DType type) {
    this.type = type;
  }

  /** The type of the decoded weights, or null if they are packed again. */
  DType type() {
    return type;
  }
}
