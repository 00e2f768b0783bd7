package io.github.lora4j.adapter.combine;

import java.util.BitSet;
import java.util.List;

/**
 * The weighted sum of tensors of one shape, after pruning and with elected signs: PEFT's {@code
 * merge_utils}. Sums are taken in double precision, in the order of the adapters.
 */
record PrunedSum(AdapterCombination how, RandomMasks masks) {
  /**
   * The sum.
   *
   * @param module for the masks
   * @param first the number of the first tensor for the masks
   * @param tensors of equal length
   * @param weights one for each
   */
  float[] of(String module, int first, List<float[]> tensors, double[] weights) {
    int length = tensors.get(0).length;
    BitSet[] kept = new BitSet[tensors.size()];
    for (int t = 0; t < kept.length; t++) {
      kept[t] = kept(module, first + t, tensors.get(t));
    }
    boolean rescales = how.type().pruning() == Pruning.RANDOM && how.density() < 1;
    double scale = rescales ? 1 / how.density() : 1;
    float[] sum = new float[length];
    double[] values = new double[kept.length];
    for (int i = 0; i < length; i++) {
      for (int t = 0; t < kept.length; t++) {
        boolean stays = kept[t] == null || kept[t].get(i);
        values[t] = stays ? tensors.get(t)[i] * scale : 0;
      }
      sum[i] = (float) (how.type().electsSigns() ? agreed(values, weights) : sum(values, weights));
    }
    return sum;
  }

  /** The values that stay, or null if all do. */
  private BitSet kept(String module, int number, float[] tensor) {
    if (!how.type().prunes() || how.density() == 1) {
      return null;
    }
    return how.type().pruning() == Pruning.MAGNITUDE
        ? MagnitudeMask.of(tensor, how.density())
        : masks.draw(module, number, tensor.length, how.density());
  }

  private static double sum(double[] values, double[] weights) {
    double sum = 0;
    for (int t = 0; t < values.length; t++) {
      sum += values[t] * weights[t];
    }
    return sum;
  }

  /** The mean of those that have the elected sign; as in PEFT, signs are those without weights. */
  private double agreed(double[] values, double[] weights) {
    double votes = 0;
    for (double value : values) {
      votes += how.majoritySign() == MajoritySign.TOTAL ? value : Math.signum(value);
    }
    double sign = votes >= 0 ? 1 : -1;
    double sum = 0;
    int agreeing = 0;
    for (int t = 0; t < values.length; t++) {
      if (Math.signum(values[t]) == sign) {
        sum += values[t] * weights[t];
        agreeing++;
      }
    }
    return sum / Math.max(1, agreeing);
  }
}
