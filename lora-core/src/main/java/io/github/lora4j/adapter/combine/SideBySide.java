package io.github.lora4j.adapter.combine;

import java.util.List;

/** A and B of several adapters put side by side: their product is the sum of the products. */
final class SideBySide {
  private SideBySide() {}

  /** The factors, with weights and scalings in A. */
  static Factors of(List<ModuleShare> shares) {
    int in = shares.get(0).weights().in();
    int out = shares.get(0).weights().out();
    int rank = shares.stream().mapToInt(share -> share.weights().r()).sum();
    float[] a = new float[Math.multiplyExact(rank, in)];
    float[] b = new float[Math.multiplyExact(out, rank)];
    int at = 0;
    for (ModuleShare share : shares) {
      int r = share.weights().r();
      float[] fromA = share.weights().a();
      float[] fromB = share.weights().b();
      for (int i = 0; i < fromA.length; i++) {
        a[at * in + i] = (float) (fromA[i] * share.scale());
      }
      for (int row = 0; row < out; row++) {
        System.arraycopy(fromB, row * r, b, row * rank + at, r);
      }
      at += r;
    }
    return new Factors(rank, in, out, a, b, shares.get(0).weights().embedding());
  }
}
