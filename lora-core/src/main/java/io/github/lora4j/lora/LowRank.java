package io.github.lora4j.lora;

import io.github.lora4j.autograd.Var;
import io.github.lora4j.tensor.FrozenMatrix;

/**
 * The low-rank update of one linear layer, {@code scaling * B A}.
 *
 * @param a {@code [r, in]}
 * @param b {@code [out, r]}
 * @param scaling {@code alpha / r}, or {@code alpha / sqrt(r)} for rank-stabilised LoRA
 * @param dropout probability in [0, 1) with which the update's input is dropped while training
 * @param magnitude of DoRA, or null
 * @param bias {@code [out]}, added to BAx before the scaling, or null
 * @param residual frozen weights that take the place of the layer's own, {@code [out, in]}, or null
 */
public record LowRank(
    Var a,
    Var b,
    float scaling,
    double dropout,
    Magnitude magnitude,
    Var bias,
    FrozenMatrix residual) {
  /** An update over the layer's own weights. */
  public LowRank(Var a, Var b, float scaling, double dropout, Magnitude magnitude, Var bias) {
    this(a, b, scaling, dropout, magnitude, bias, null);
  }

  /** A plain update, with neither magnitude nor bias. */
  public LowRank(Var a, Var b, float scaling, double dropout) {
    this(a, b, scaling, dropout, null, null);
  }

  /** Checks that the shapes belong together. */
  public LowRank {
    int r = a.value().rows();
    if (b.value().cols() != r) {
      throw new IllegalArgumentException(
          "A has " + r + " rows but B has " + b.value().cols() + " columns");
    }
    if (!(dropout >= 0 && dropout < 1)) {
      throw new IllegalArgumentException("dropout is " + dropout + ", must be in [0, 1)");
    }
    int out = b.value().rows();
    requireSize("the magnitude", magnitude == null ? null : magnitude.vector(), out);
    requireSize("the bias", bias, out);
    if (residual != null && (residual.out() != out || residual.in() != a.value().cols())) {
      throw new IllegalArgumentException(
          "the residual weight is "
              + residual.out()
              + " x "
              + residual.in()
              + ", which does not fit B and A");
    }
    if (magnitude != null && bias != null) {
      throw new IllegalArgumentException("an update with a magnitude has no bias");
    }
  }

  private static void requireSize(String what, Var row, int out) {
    if (row != null && row.value().size() != out) {
      throw new IllegalArgumentException(
          what + " has " + row.value().size() + " values but B has " + out + " rows");
    }
  }
}
