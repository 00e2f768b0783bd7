package io.github.lora4j.cli;

import io.github.lora4j.adapter.combine.AdapterCombination;
import io.github.lora4j.adapter.combine.CombinationType;
import io.github.lora4j.adapter.combine.MajoritySign;
import picocli.CommandLine.Option;

/** How adapters are combined. */
final class CombinationOptions {
  @Option(
      names = "--combination-type",
      paramLabel = "TYPE",
      defaultValue = "svd",
      description = {
        "PEFT's name of the method: linear, cat, svd, ties, ties_svd, dare_linear,",
        "dare_linear_svd, dare_ties, dare_ties_svd, magnitude_prune, magnitude_prune_svd",
        "(${DEFAULT-VALUE})."
      })
  private String type;

  @Option(
      names = "--density",
      paramLabel = "P",
      description = "The share of values that ties, dare and magnitude_prune leave, from 0 to 1.")
  private Double density;

  @Option(
      names = "--majority-sign-method",
      paramLabel = "M",
      defaultValue = "total",
      description = "How ties elects a sign: total or frequency (${DEFAULT-VALUE}).")
  private String majoritySign;

  @Option(
      names = "--svd-rank",
      paramLabel = "N",
      description = "The rank of the result with svd; the highest of the adapters if not given.")
  private Integer svdRank;

  @Option(
      names = "--svd-clamp",
      paramLabel = "Q",
      description = "With svd, the quantile, from 0 to 1, at which values are cut.")
  private Double svdClamp;

  @Option(
      names = "--seed",
      paramLabel = "N",
      defaultValue = "0",
      description = "Decides what dare leaves (${DEFAULT-VALUE}).")
  private long seed;

  /** The settings; what does not go together is wrong usage. */
  AdapterCombination combination(CommonOptions common) {
    return common.checked(
        () ->
            new AdapterCombination(
                CombinationType.of(type),
                density,
                MajoritySign.of(majoritySign),
                svdRank,
                svdClamp,
                seed));
  }
}
