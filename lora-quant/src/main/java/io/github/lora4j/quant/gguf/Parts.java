package io.github.lora4j.quant.gguf;

import java.util.Arrays;

/**
 * Eight unpacked groups of 32 values: codes as signed bytes, in two parts of 16 with a scale each
 * and, in types that have it, an offset. A value is {@code scale * code + offset}.
 */
final class Parts {
  static final int GROUPS = 8;

  /** Values in a part. */
  static final int SIZE = 16;

  final byte[] codes = new byte[GROUPS * GroupCodec.SIZE];
  final float[] scales = new float[2 * GROUPS];

  /** Null if the type has none. */
  final float[] offsets;

  private final int nextGroup;
  private final int nextPart;

  private Parts(boolean offsets, int nextGroup, int nextPart) {
    this.offsets = offsets ? new float[2 * GROUPS] : null;
    this.nextGroup = nextGroup;
    this.nextPart = nextPart;
  }

  /**
   * Groups of one row, as {@link io.github.lora4j.compute.CodeKernels#decodeByteRow} takes them.
   */
  static Parts ofRow(boolean offsets) {
    return new Parts(offsets, 2, 1);
  }

  /**
   * One of each row, as {@link io.github.lora4j.compute.CodeKernels#decodeByteColumns} takes them.
   */
  static Parts ofColumns(boolean offsets) {
    return new Parts(offsets, 1, GROUPS);
  }

  /** Sets the scale of a part, 0 or 1, of a group. */
  void scale(int group, int part, float scale) {
    scales[nextGroup * group + nextPart * part] = scale;
  }

  /** Sets the scale of both parts of a group. */
  void scale(int group, float scale) {
    scale(group, 0, scale);
    scale(group, 1, scale);
  }

  /** Sets the offset of a part of a group. */
  void offset(int group, int part, float offset) {
    offsets[nextGroup * group + nextPart * part] = offset;
  }

  /** Sets the offset of both parts of a group. */
  void offset(int group, float offset) {
    offset(group, 0, offset);
    offset(group, 1, offset);
  }

  /** Makes a group one of zeros. */
  void clear(int group) {
    Arrays.fill(codes, group * GroupCodec.SIZE, (group + 1) * GroupCodec.SIZE, (byte) 0);
    scale(group, 0f);
    if (offsets != null) {
      offset(group, 0f);
    }
  }
}
