package io.github.lora4j.adapter;

/** Checked copies of weights. */
final class FiniteArrays {

  private FiniteArrays() {}

  /**
   * A copy of the values.
   *
   * @throws IllegalArgumentException if their number is another or one is not finite
   */
  static float[] copy(String name, float[] values, long length) {
    if (values.length != length) {
      throw new IllegalArgumentException(
          name + " has " + values.length + " values where the shape has " + length);
    }
    float[] copy = values.clone();
    for (int i = 0; i < copy.length; i++) {
      if (!Float.isFinite(copy[i])) {
        throw new IllegalArgumentException(
            name + " has " + copy[i] + " at index " + i + ", which is not finite");
      }
    }
    return copy;
  }
}
