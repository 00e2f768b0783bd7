package io.github.lora4j.models.falcon;

/** The slopes of ALiBi (Press et al., 2021) as Falcon rounds and scales them. */
final class AlibiSlopes {
  private AlibiSlopes() {}

  /**
   * One slope for each head.
   *
   * @param scale of the scores, which Falcon applies to the biases too
   */
  static float[] of(int heads, float scale) {
    int power = Integer.highestOneBit(heads);
    float[] slopes = new float[heads];
    for (int i = 0; i < heads; i++) {
      // Heads beyond a power of two take every other slope of the next one.
      double slope =
          i < power
              ? Math.pow(2, -8.0 * (i + 1) / power)
              : Math.pow(2, -4.0 * (2 * (i - power) + 1) / power);
      slopes[i] = bfloat16((float) slope) * scale;
    }
    return slopes;
  }

  private static float bfloat16(float x) {
    int bits = Float.floatToRawIntBits(x);
    int rounded = bits + 0x7fff + (bits >>> 16 & 1) & 0xffff0000;
    return Float.intBitsToFloat(rounded);
  }
}
