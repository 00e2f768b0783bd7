package io.github.lora4j.quant.gguf;

/**
 * How the codes of a type lie in strips: as they are in 4 bits, or widened to 8.
 *
 * @param bits 4 or 8
 * @param table the numbers of 4-bit codes, ascending; null for 8 bits
 * @param blockBits the logarithm of the values that share a scale
 */
record StripForm(int bits, float[] table, int blockBits) {
  /** The form of a type, or null: those of 2 and 3 bits it would more than double. */
  static StripForm of(GgufType type) {
    return switch (type) {
      case Q4_0 -> new StripForm(4, from(-8), 5);
      case Q4_1, Q4_K -> new StripForm(4, from(0), 5);
      case IQ4_NL -> new StripForm(4, FourBits.uneven(), 5);
      case Q5_0, Q5_1, Q5_K, Q8_0 -> new StripForm(8, null, 5);
      case Q6_K -> new StripForm(8, null, 4);
      case F32, F16, BF16, Q2_K, Q3_K -> null;
    };
  }

  private static float[] from(int first) {
    float[] table = new float[16];
    for (int i = 0; i < table.length; i++) {
      table[i] = first + i;
    }
    return table;
  }

  /** The code of each number, by the number as an unsigned byte. */
  byte[] codes() {
    byte[] codes = new byte[256];
    for (int i = 0; i < codes.length; i++) {
      codes[i] = (byte) i;
    }
    for (int i = 0; table != null && i < table.length; i++) {
      codes[(int) table[i] & 255] = (byte) i;
    }
    return codes;
  }
}
