package io.github.lora4j.autograd;

import io.github.lora4j.tensor.Tensor;

/** {@code cap * tanh(x / cap)}: keeps values between -cap and cap, as in Gemma 2. */
public final class Softcap {
  private Softcap() {}

  /** Applies it in place. */
  public static void apply(float[] x, int offset, int count, float cap) {
    for (int i = offset; i < offset + count; i++) {
      x[i] = (float) (cap * Math.tanh(x[i] / cap));
    }
  }

  /** Of each value of {@code x}, with a gradient. */
  public static Var apply(Tape tape, Var x, float cap) {
    Tensor y = tape.matrix(x.value().rows(), x.value().cols());
    System.arraycopy(x.value().data(), 0, y.data(), 0, y.size());
    apply(y.data(), 0, y.size(), cap);
    Var out = tape.result(y, x);
    tape.record(
        out,
        () -> {
          float[] dy = out.grad().data();
          float[] dx = tape.zeroedGradOf(x).data();
          for (int i = 0; i < y.size(); i++) {
            float t = y.data()[i] / cap;
            dx[i] += dy[i] * (1f - t * t);
          }
        });
    return out;
  }
}
