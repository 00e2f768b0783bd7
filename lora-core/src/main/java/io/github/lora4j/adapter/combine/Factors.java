package io.github.lora4j.adapter.combine;

import io.github.lora4j.adapter.LoraWeights;
import java.util.Arrays;

/**
 * A and B of one module.
 *
 * @param a {@code [r, in]}
 * @param b {@code [out, r]}
 * @param embedding whether the module is an embedding
 */
record Factors(int r, int in, int out, float[] a, float[] b, boolean embedding) {
  /** An update with a scaling of 1 and a rank that may be higher: what is missing is zero. */
  LoraWeights padded(int rank) {
    float[] wide = new float[out * rank];
    for (int row = 0; row < out; row++) {
      System.arraycopy(b, row * r, wide, row * rank, r);
    }
    return new LoraWeights(
        rank, in, out, Arrays.copyOf(a, rank * in), wide, 1, null, null, embedding);
  }
}
