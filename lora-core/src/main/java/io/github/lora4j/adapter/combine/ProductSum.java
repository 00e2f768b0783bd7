package io.github.lora4j.adapter.combine;

import io.github.lora4j.linalg.TruncatedSvd;
import java.util.List;

/** The products of several adapters, added and decomposed again. */
final class ProductSum {
  private ProductSum() {}

  /**
   * The factors: A is the right singular vectors, B the left ones times the values.
   *
   * @param rank the wanted one; the factors may have a lower one, which the shape allows
   * @throws IllegalArgumentException if the product is too large for an array
   */
  static Factors of(String module, List<ModuleShare> shares, PrunedSum sum, int rank) {
    int in = shares.get(0).weights().in();
    int out = shares.get(0).weights().out();
    if ((long) in * out > Integer.MAX_VALUE - 8) {
      throw new IllegalArgumentException(
          "module '" + module + "': a product of " + out + " x " + in + " is too large for svd");
    }
    double[] weights = shares.stream().mapToDouble(ModuleShare::weight).toArray();
    List<float[]> products = shares.stream().map(ModuleShare::product).toList();
    int possible = Math.min(rank, Math.min(in, out));
    TruncatedSvd svd = TruncatedSvd.of(sum.of(module, 0, products, weights), out, in, possible);
    double[] b = svd.u();
    double[] a = svd.vt();
    for (int k = 0; k < possible; k++) {
      double sign = signOfLargest(b, k, possible);
      for (int row = 0; row < out; row++) {
        b[row * possible + k] *= sign * svd.s()[k];
      }
      for (int i = 0; i < in; i++) {
        a[k * in + i] *= sign;
      }
    }
    if (sum.how().svdClamp() != null) {
      Quantile.clamp(a, b, sum.how().svdClamp());
    }
    return new Factors(
        possible, in, out, floats(a), floats(b), shares.get(0).weights().embedding());
  }

  private static double signOfLargest(double[] b, int column, int columns) {
    double largest = 0;
    for (int at = column; at < b.length; at += columns) {
      if (Math.abs(b[at]) > Math.abs(largest)) {
        largest = b[at];
      }
    }
    return largest < 0 ? -1 : 1;
  }

  private static float[] floats(double[] values) {
    float[] floats = new float[values.length];
    for (int i = 0; i < floats.length; i++) {
      floats[i] = (float) values[i];
    }
    return floats;
  }
}
