package io.github.lora4j.quant.gguf;

/** Sums over parts of a vector. */
final class PartSums {
  private PartSums() {}

  /**
   * The sums of parts of the first {@code length} values.
   *
   * @param size of a part, a multiple of four that divides the length
   */
  static float[] of(float[] x, int length, int size) {
    float[] sums = new float[length / size];
    for (int p = 0, i = 0; p < sums.length; p++) {
      // Four sums: one alone would wait for the latency of its own addition.
      float s0 = 0f;
      float s1 = 0f;
      float s2 = 0f;
      float s3 = 0f;
      for (int end = i + size; i < end; i += 4) {
        s0 += x[i];
        s1 += x[i + 1];
        s2 += x[i + 2];
        s3 += x[i + 3];
      }
      sums[p] = s0 + s1 + (s2 + s3);
    }
    return sums;
  }
}
