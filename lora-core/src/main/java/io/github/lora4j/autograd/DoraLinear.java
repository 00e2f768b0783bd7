package io.github.lora4j.autograd;

import io.github.lora4j.compute.Compute;
import io.github.lora4j.tensor.FrozenMatrix;
import io.github.lora4j.tensor.Tensor;

/**
 * {@code y = m / ‖W + scaling * B A‖ * (x Wᵀ + scaling * x Aᵀ Bᵀ) + bias}: a low-rank update that
 * learns the length of each row of the weight by itself (Liu et al., "DoRA: Weight-Decomposed
 * Low-Rank Adaptation", 2024), as PEFT 0.21 computes it. The norm is a constant for the gradients
 * (section 4.3 of the paper).
 */
public final class DoraLinear {
  private DoraLinear() {}

  /**
   * @param x {@code [rows, in]}
   * @param w frozen, {@code [out, in]}
   * @param bias {@code [out]}, which may be trained, or null
   * @param a {@code [r, in]}
   * @param b {@code [out, r]}
   * @param m {@code [out]}, the length of each row
   * @param norms {@link #norms} of these weights, {@code [out]}
   * @param dropout probability with which an input is dropped while training, in [0, 1); what is
   *     dropped takes the way through W alone
   * @return {@code [rows, out]}
   */
  public static Var apply(
      Tape tape,
      Var x,
      FrozenMatrix w,
      Var bias,
      Var a,
      Var b,
      Var m,
      float[] norms,
      float scaling,
      double dropout) {
    if (dropout == 0 || !tape.recording()) {
      Var z = LowRankLinear.apply(tape, x, w, null, a, b, scaling, 0);
      return ScaleColumns.apply(tape, z, m, norms, bias);
    }
    float[] mask = Dropout.mask(tape, x.value(), dropout);
    return apply(tape, x, w, bias, a, b, m, norms, scaling, mask);
  }

  /** The same with a given dropout mask, as for {@link Dropout#apply(Tape, Var, float[])}. */
  static Var apply(
      Tape tape,
      Var x,
      FrozenMatrix w,
      Var bias,
      Var a,
      Var b,
      Var m,
      float[] norms,
      float scaling,
      float[] mask) {
    // PEFT: W x + (m / norm - 1) W d + m / norm * scaling B A d for the dropped d, and W is linear.
    Var dropped = Dropout.apply(tape, x, mask);
    Var rest = Dropout.apply(tape, x, complement(tape, x.value(), mask));
    Var z = LowRankLinear.apply(tape, dropped, w, null, a, b, scaling, 0);
    Var scaled = ScaleColumns.apply(tape, z, m, norms, null);
    return Add.apply(tape, scaled, FrozenLinear.apply(tape, rest, w, bias));
  }

  private static float[] complement(Tape tape, Tensor x, float[] mask) {
    float[] rest = tape.matrix(x.rows(), x.cols()).data();
    for (int i = 0; i < x.size(); i++) {
      rest[i] = 1 - mask[i];
    }
    return rest;
  }

  /**
   * The Euclidean length of each row of {@code W + scaling * B A}, which is also where m starts.
   *
   * @throws IllegalArgumentException if one is zero or not finite: nothing can be divided by it
   */
  public static float[] norms(Compute compute, FrozenMatrix w, Tensor a, Tensor b, float scaling) {
    int in = w.in();
    int r = a.rows();
    float[] norms = new float[w.out()];
    compute
        .pool()
        .forRanges(
            w.out(),
            16,
            (from, to) -> {
              float[] row = new float[in];
              for (int o = from; o < to; o++) {
                w.decodeRow(o, row, 0);
                for (int k = 0; k < r; k++) {
                  float factor = scaling * b.data()[o * r + k];
                  compute.kernels().addScaled(factor, a.data(), k * in, row, 0, in);
                }
                norms[o] = length(row);
              }
            });
    for (int o = 0; o < norms.length; o++) {
      if (!(norms[o] > 0) || !Float.isFinite(norms[o])) {
        throw new IllegalArgumentException(
            "row " + o + " of W + BA has the length " + norms[o] + ": DoRA cannot divide by it");
      }
    }
    return norms;
  }

  /** What DoRA multiplies each output by. */
  public static float[] factors(Tensor m, float[] norms) {
    float[] factors = new float[norms.length];
    ScaleColumns.factors(m.data(), norms, factors);
    return factors;
  }

  private static float length(float[] row) {
    double sum = 0;
    for (float value : row) {
      sum += (double) value * value;
    }
    return (float) Math.sqrt(sum);
  }
}
