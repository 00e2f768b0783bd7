package io.github.lora4j.adapter.combine;

import java.util.List;

/** A and B of several adapters, added each by itself. */
final class FactorSum {
  private FactorSum() {}

  /**
   * The factors. Each A and B is multiplied by the root of weight times scaling, A also by the
   * sign.
   *
   * @throws IllegalArgumentException if the ranks of the module differ
   */
  static Factors of(String module, List<ModuleShare> shares, PrunedSum sum) {
    ModuleShare first = shares.get(0);
    int r = first.weights().r();
    double[] weightsA = new double[shares.size()];
    double[] weightsB = new double[shares.size()];
    for (int i = 0; i < shares.size(); i++) {
      ModuleShare share = shares.get(i);
      if (share.weights().r() != r) {
        throw new IllegalArgumentException(
            "module '"
                + module
                + "': rank "
                + r
                + " in adapter '"
                + first.adapter()
                + "' and "
                + share.weights().r()
                + " in '"
                + share.adapter()
                + "'; only cat and types with svd combine these");
      }
      double root = Math.sqrt(Math.abs(share.scale()));
      weightsA[i] = share.scale() >= 0 ? root : -root;
      weightsB[i] = root;
    }
    List<float[]> a = shares.stream().map(share -> share.weights().a()).toList();
    List<float[]> b = shares.stream().map(share -> share.weights().b()).toList();
    return new Factors(
        r,
        first.weights().in(),
        first.weights().out(),
        sum.of(module, 0, a, weightsA),
        sum.of(module, shares.size(), b, weightsB),
        first.weights().embedding());
  }
}
