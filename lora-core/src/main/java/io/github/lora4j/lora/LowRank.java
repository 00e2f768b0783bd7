package io.github.lora4j.lora;

import io.github.lora4j.autograd.Var;
import io.github.lora4j.tensor.FrozenMatrix;
import io.github.lora4j.tensor.Tensor;

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
 * @param columnsOfB {@code [r, out]}, B as products with few rows read it, or null where B may
 *     still change
 */
public record LowRank(
    Var a,
    Var b,
    float scaling,
    double dropout,
    Magnitude magnitude,
    Var bias,
    FrozenMatrix residual,
    Tensor columnsOfB) {
  /** An update that may still change. */
  public LowRank(
      Var a,
      Var b,
      float scaling,
      double dropout,
      Magnitude magnitude,
      Var bias,
      FrozenMatrix residual) {
    this(a, b, scaling, dropout, magnitude, bias, residual, null);
  }

  /** An update over the layer's own weights. */
  public LowRank(Var a, Var b, float scaling, double dropout, Magnitude magnitude, Var bias) {
    this(a, b, scaling, dropout, magnitude, bias, null);
  }

  /**
   * The update of a linear layer by an adapter that does not change any more.
   *
   * @param a {@code [r, in]}
   * @param b {@code [out, r]}
   * @param magnitude of DoRA, {@code [out]}, or null
   * @param bias {@code [out]}, or null
   */
  public static LowRank finished(Tensor a, Tensor b, float scaling, Tensor magnitude, Tensor bias) {
    return new LowRank(
        Var.constant(a),
        Var.constant(b),
        scaling,
        0,
        magnitude == null ? null : new Magnitude(Var.constant(magnitude)),
        bias == null ? null : Var.constant(bias),
        null,
        b.transposed());
  }

  /** Whether A and B stay as they are. */
  boolean isFinished() {
    return columnsOfB != null;
  }

  /** The same with another scaling. What DoRA remembers depends on it, so that is forgotten. */
  LowRank withScaling(float other) {
    Magnitude fresh = magnitude == null ? null : new Magnitude(magnitude.vector());
    return new LowRank(a, b, other, dropout, fresh, bias, residual, columnsOfB);
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
    if (columnsOfB != null && (columnsOfB.rows() != r || columnsOfB.cols() != out)) {
      throw new IllegalArgumentException(
          "the columns of B are " + columnsOfB + " but B is " + b.value());
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
