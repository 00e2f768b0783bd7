package io.github.lora4j.adapter.combine;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/**
 * How updates become one, PEFT 0.21's {@code combination_type}. Types without {@code SVD} work on A
 * and B by themselves, which mixes parts of different adapters; those with it add up the products
 * {@code scaling * B A} and take the best approximation of the wanted rank.
 */
public enum CombinationType {
  /** A and B are added, each with the root of weight times scaling: rough, but fast. */
  LINEAR(false, Pruning.NONE, false),
  /** A and B side by side: exact, with the sum of the ranks. */
  CAT(false, Pruning.NONE, false),
  /** The products are added: the best result of its rank. */
  SVD(true, Pruning.NONE, false),
  /** TIES (Yadav et al., 2023): the largest values of a tensor, where most agree on the sign. */
  TIES(false, Pruning.MAGNITUDE, true),
  /** {@link #TIES} on products. */
  TIES_SVD(true, Pruning.MAGNITUDE, true),
  /** DARE (Yu et al., 2023): some values by chance, the others scaled up. */
  DARE_LINEAR(false, Pruning.RANDOM, false),
  /** {@link #DARE_LINEAR} on products. */
  DARE_LINEAR_SVD(true, Pruning.RANDOM, false),
  /** {@link #DARE_LINEAR}, where most agree on the sign. */
  DARE_TIES(false, Pruning.RANDOM, true),
  /** {@link #DARE_TIES} on products. */
  DARE_TIES_SVD(true, Pruning.RANDOM, true),
  /** The largest values of each tensor are added. */
  MAGNITUDE_PRUNE(false, Pruning.MAGNITUDE, false),
  /** {@link #MAGNITUDE_PRUNE} on products. */
  MAGNITUDE_PRUNE_SVD(true, Pruning.MAGNITUDE, false);

  private final boolean decomposes;
  private final Pruning pruning;
  private final boolean electsSigns;

  CombinationType(boolean decomposes, Pruning pruning, boolean electsSigns) {
    this.decomposes = decomposes;
    this.pruning = pruning;
    this.electsSigns = electsSigns;
  }

  /** PEFT's name, such as {@code dare_ties_svd}. */
  public String value() {
    return name().toLowerCase(Locale.ROOT);
  }

  /**
   * The type of PEFT's name.
   *
   * @throws IllegalArgumentException if there is none of it; the message has all
   */
  public static CombinationType of(String value) {
    List<String> known = Arrays.stream(values()).map(CombinationType::value).toList();
    int at = known.indexOf(value);
    if (at < 0) {
      throw new IllegalArgumentException(
          "combination_type = " + value + " is none of " + String.join(", ", known));
    }
    return values()[at];
  }

  /** Whether the product is decomposed; otherwise A and B are worked on. */
  public boolean decomposes() {
    return decomposes;
  }

  /** Whether it needs a density. */
  public boolean prunes() {
    return pruning != Pruning.NONE;
  }

  /** Whether a sign is elected for each value. */
  public boolean electsSigns() {
    return electsSigns;
  }

  /** Whether the adapters need the same rank. */
  boolean needsEqualRanks() {
    return !decomposes && this != CAT;
  }

  Pruning pruning() {
    return pruning;
  }
}
