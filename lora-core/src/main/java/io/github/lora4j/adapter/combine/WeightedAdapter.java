package io.github.lora4j.adapter.combine;

import io.github.lora4j.adapter.LoraAdapter;

/**
 * An adapter with its share in a combination.
 *
 * @param weight finite; negative takes its effect away
 */
public record WeightedAdapter(LoraAdapter adapter, double weight) {
  /** Checks the range. */
  public WeightedAdapter {
    if (!Double.isFinite(weight)) {
      throw new IllegalArgumentException(
          "the weight of adapter '" + adapter.name() + "' is " + weight + ", which is not finite");
    }
  }
}
