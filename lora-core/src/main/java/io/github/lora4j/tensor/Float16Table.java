package io.github.lora4j.tensor;

/**
 * All values of {@link HalfType#FLOAT16}: where a product reads a scale for every few codes,
 * looking them up is much faster than computing them. Thread-safe.
 */
public final class Float16Table {
  private static final float[] VALUES = values();

  private Float16Table() {}

  private static float[] values() {
    float[] values = new float[1 << 16];
    for (int i = 0; i < values.length; i++) {
      values[i] = HalfType.FLOAT16.widen((short) i);
    }
    return values;
  }

  /**
   * The value of 16 bits.
   *
   * @param bits 0 to 65535
   */
  public static float get(int bits) {
    return VALUES[bits];
  }
}
