package io.github.lora4j.adapter.combine;

/**
 * How adapters are combined: the arguments of PEFT 0.21's {@code add_weighted_adapter}. Immutable.
 *
 * @param type what is done
 * @param density share of the values that pruning leaves, in [0, 1], above 0 for random pruning;
 *     null for a type that prunes nothing
 * @param majoritySign how signs are elected; {@link MajoritySign#TOTAL} for types that elect none
 * @param svdRank rank of the result of a type that decomposes, at least 1, or null for the highest
 *     rank of the adapters
 * @param svdClamp quantile in [0, 1] of all values of A and B at which they are cut, for a type
 *     that decomposes; or null. The signs of singular vectors, which are free but change that
 *     quantile, are chosen so that the largest element of a column of B is positive
 * @param seed of random pruning
 */
public record AdapterCombination(
    CombinationType type,
    Double density,
    MajoritySign majoritySign,
    Integer svdRank,
    Double svdClamp,
    long seed) {

  /**
   * Checks that each setting goes with the type.
   *
   * @throws IllegalArgumentException naming the setting, in PEFT's spelling, and its value
   */
  public AdapterCombination {
    String kind = type.value();
    if (type.prunes()) {
      require(density != null, "density", null, "must be set for " + kind);
      require(density >= 0 && density <= 1, "density", density, "must be in [0, 1]");
      boolean random = type.pruning() == Pruning.RANDOM;
      require(!random || density > 0, "density", density, "must be above 0 for " + kind);
    } else {
      require(density == null, "density", density, "is for types that prune, not for " + kind);
    }
    require(
        type.electsSigns() || majoritySign == MajoritySign.TOTAL,
        "majority_sign_method",
        majoritySign.value(),
        "is for types with ties, not for " + kind);
    require(svdRank == null || svdRank >= 1, "svd_rank", svdRank, "must be at least 1");
    require(
        svdClamp == null || svdClamp >= 0 && svdClamp <= 1,
        "svd_clamp",
        svdClamp,
        "must be in [0, 1]");
    boolean decomposes = type.decomposes();
    require(decomposes || svdRank == null, "svd_rank", svdRank, "is not for " + kind);
    require(decomposes || svdClamp == null, "svd_clamp", svdClamp, "is not for " + kind);
  }

  /** A combination by a type that needs no density. */
  public static AdapterCombination of(CombinationType type) {
    return new AdapterCombination(type, null, MajoritySign.TOTAL, null, null, 0);
  }

  /** A combination by a type that prunes, with seed 0. */
  public static AdapterCombination of(CombinationType type, double density) {
    return new AdapterCombination(type, density, MajoritySign.TOTAL, null, null, 0);
  }

  /** The same with another way to elect signs. */
  public AdapterCombination withMajoritySign(MajoritySign method) {
    return new AdapterCombination(type, density, method, svdRank, svdClamp, seed);
  }

  /** The same with a rank of the result. */
  public AdapterCombination withSvdRank(int rank) {
    return new AdapterCombination(type, density, majoritySign, rank, svdClamp, seed);
  }

  /** The same with a quantile at which values are cut. */
  public AdapterCombination withSvdClamp(double quantile) {
    return new AdapterCombination(type, density, majoritySign, svdRank, quantile, seed);
  }

  /** The same with another seed. */
  public AdapterCombination withSeed(long newSeed) {
    return new AdapterCombination(type, density, majoritySign, svdRank, svdClamp, newSeed);
  }

  private static void require(boolean holds, String field, Object value, String problem) {
    if (!holds) {
      throw new IllegalArgumentException(field + " = " + value + " " + problem);
    }
  }
}
