package io.github.lora4j.autograd;

import io.github.lora4j.tensor.Tensor;

/**
 * What an adapter does to some rows of the output of a linear layer: {@code factors * (x Wᵀ +
 * scaling * x Aᵀ Bᵀ) + bias}, and {@code scaling * shift} added.
 *
 * @param from first row, inclusive
 * @param to last row, exclusive
 * @param bias {@code [out]} or null
 * @param a {@code [r, in]}, or null without an update
 * @param b {@code [out, r]}, or null without an update
 * @param columnsOfB {@code [r, out]}, or null if it is not at hand
 * @param factors of DoRA, {@code [out]}, or null
 * @param shift the bias of B, {@code [out]}, or null
 */
public record SegmentChange(
    int from,
    int to,
    float[] bias,
    Tensor a,
    Tensor b,
    Tensor columnsOfB,
    float scaling,
    float[] factors,
    float[] shift) {

  /** The base alone. */
  public static SegmentChange none(int from, int to, float[] bias) {
    return new SegmentChange(from, to, bias, null, null, null, 0, null, null);
  }

  /** What the sums of its rows start from, or null for zeros: DoRA adds the bias at the end. */
  float[] start() {
    return factors == null ? bias : null;
  }

  SegmentChange rows(int first, int end) {
    return new SegmentChange(first, end, bias, a, b, columnsOfB, scaling, factors, shift);
  }
}
