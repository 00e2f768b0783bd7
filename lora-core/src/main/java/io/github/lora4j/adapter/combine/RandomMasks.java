package io.github.lora4j.adapter.combine;

import java.util.BitSet;

/** Draws the values that random pruning leaves. */
interface RandomMasks {
  /**
   * The values that stay.
   *
   * @param tensor which one of the module: the A of all adapters, then their B; or their products
   * @param length values of the tensor
   * @param density with which probability a value stays, in (0, 1)
   */
  BitSet draw(String module, int tensor, int length, double density);
}
