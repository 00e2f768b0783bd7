package io.github.lora4j.models.merge;

import io.github.lora4j.adapter.LoraWeights;
import io.github.lora4j.compute.Compute;
import io.github.lora4j.models.weights.Transpose;
import java.util.List;
import java.util.function.Function;

/**
 * Adds {@code scaling * B A} to a weight, and with a magnitude gives its rows that length.
 *
 * @param turned whether a square weight lies as {@code [in, out]}; of others the shape tells
 * @param plain makes an update for the weight as it is, given as {@code [out, in]}, if this one is
 *     for what is left of it
 */
record LowRankChange(
    Compute compute, LoraWeights update, boolean turned, Function<float[], LoraWeights> plain)
    implements TensorChange {
  @Override
  public float[] apply(float[] values, List<Long> shape) {
    long in = update.in();
    long out = update.out();
    boolean straight = shape.equals(List.of(out, in));
    boolean transposed = shape.equals(List.of(in, out)) && (turned || !straight);
    if (!straight && !transposed) {
      throw new IllegalArgumentException(
          "is " + shape + ", the adapter is for [" + out + ", " + in + "]");
    }
    if (!transposed) {
      add(values);
      return values;
    }
    float[] w = Transpose.floats(values, update.out());
    add(w);
    return Transpose.floats(w, update.in());
  }

  private void add(float[] w) {
    int in = update.in();
    int out = update.out();
    LoraWeights added = plain.apply(w);
    compute
        .gemm()
        .nn(compute.pool(), out, in, added.r(), added.scaling(), added.b(), added.a(), w, true);
    float[] magnitude = added.magnitude();
    if (magnitude != null) {
      compute
          .pool()
          .forRanges(
              out,
              16,
              (from, to) -> {
                for (int row = from; row < to; row++) {
                  lengthen(w, row * in, in, magnitude[row]);
                }
              });
    }
  }

  private static void lengthen(float[] w, int from, int count, float length) {
    double squares = 0;
    for (int i = from; i < from + count; i++) {
      squares += (double) w[i] * w[i];
    }
    float factor = length / (float) Math.sqrt(squares);
    for (int i = from; i < from + count; i++) {
      w[i] *= factor;
    }
  }
}
