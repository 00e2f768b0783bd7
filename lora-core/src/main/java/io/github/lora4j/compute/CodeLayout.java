package io.github.lora4j.compute;

/**
 * Where the bits of the codes of a block lie, for groups of 32 codes: the lower bits of the codes
 * of a group in 32 consecutive bytes, the upper ones in others.
 *
 * @param lower how many bits are in the first, from 1 to 7
 * @param upper how many are in the second, or 0
 * @param centre what is taken from a code, below 128
 * @param groups of a block
 */
public record CodeLayout(int lower, int upper, int centre, Group... groups) {
  /**
   * Where the bits of 32 codes lie.
   *
   * @param low the byte in the block with the lower bits of the first code
   * @param lowShift how far they are from the lower end of their bytes
   * @param high the byte with the upper bits of the first code
   * @param highShift how far they are from the lower end of their bytes
   */
  public record Group(int low, int lowShift, int high, int highShift) {}

  /** The lower bits of a code, at the lower end. */
  int lowerMask() {
    return (1 << lower) - 1;
  }

  /** The upper bits of a code, at the lower end. */
  int upperMask() {
    return (1 << upper) - 1;
  }
}
