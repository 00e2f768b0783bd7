package io.github.lora4j.autograd;

/** {@code cap * tanh(x / cap)}: keeps values between -cap and cap, as in Gemma 2. */
public final class Softcap {
  private Softcap() {}

  /** Applies it in place. */
  public static void apply(float[] x, int offset, int count, float cap) {
    for (int i = offset; i < offset + count; i++) {
      x[i] = (float) (cap * Math.tanh(x[i] / cap));
    }
  }
}
