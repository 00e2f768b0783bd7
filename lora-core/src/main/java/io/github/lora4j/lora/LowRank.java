package io.github.lora4j.lora;

import io.github.lora4j.autograd.Var;

/**
 * The low-rank update of one linear layer, {@code scaling * B A}.
 *
 * @param a {@code [r, in]}
 * @param b {@code [out, r]}
 * @param scaling {@code alpha / r}, or {@code alpha / sqrt(r)} for rank-stabilised LoRA
 * @param dropout probability in [0, 1) with which the update's input is dropped while training
 */
public record LowRank(Var a, Var b, float scaling, double dropout) {
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
  }
}
