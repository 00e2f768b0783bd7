package io.github.lora4j.adapter.combine;

import io.github.lora4j.adapter.LoraWeights;
import java.util.Arrays;

/**
 * What one adapter gives to a module.
 *
 * @param adapter its name, for messages
 * @param weight its share
 */
record ModuleShare(String adapter, LoraWeights weights, double weight) {
  /** What its product is multiplied by. */
  double scale() {
    return weight * weights.scaling();
  }

  /**
   * The update of a linear layer, {@code scaling * B A} without the weight.
   *
   * @return {@code [out, in]}
   */
  float[] product() {
    int in = weights.in();
    int r = weights.r();
    float[] a = weights.a();
    float[] b = weights.b();
    float[] product = new float[Math.multiplyExact(weights.out(), in)];
    double[] row = new double[in];
    for (int o = 0; o < weights.out(); o++) {
      Arrays.fill(row, 0);
      for (int k = 0; k < r; k++) {
        double factor = (double) b[o * r + k] * weights.scaling();
        for (int i = 0; i < in; i++) {
          row[i] += factor * a[k * in + i];
        }
      }
      for (int i = 0; i < in; i++) {
        product[o * in + i] = (float) row[i];
      }
    }
    return product;
  }
}
