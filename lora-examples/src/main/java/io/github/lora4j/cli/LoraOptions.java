package io.github.lora4j.cli;

import io.github.lora4j.lora.LoraConfig;
import io.github.lora4j.lora.ModuleSelector;
import picocli.CommandLine.Option;

/** The shape of the adapter. */
final class LoraOptions {
  @Option(
      names = "--r",
      paramLabel = "N",
      defaultValue = "8",
      description = "The rank (${DEFAULT-VALUE}).")
  private int r;

  @Option(
      names = "--alpha",
      paramLabel = "X",
      defaultValue = "16",
      description = "The update is scaled by alpha / r (${DEFAULT-VALUE}).")
  private double alpha;

  @Option(
      names = "--dropout",
      paramLabel = "P",
      defaultValue = "0",
      description = "Dropout before A, in [0, 1) (${DEFAULT-VALUE}).")
  private double dropout;

  @Option(
      names = "--target-modules",
      paramLabel = "SPEC",
      defaultValue = "query,value",
      converter = ModuleSelectorConverter.class,
      description = {
        "Which layers get an adapter: names with commas between them, a regular",
        "expression, or all-linear (${DEFAULT-VALUE})."
      })
  private ModuleSelector targetModules;

  @Option(names = "--use-rslora", description = "Scale by alpha / sqrt(r) instead.")
  private boolean useRslora;

  /** The configuration. */
  LoraConfig config(CommonOptions common) {
    return common.checked(
        () ->
            LoraConfig.builder()
                .r(r)
                .loraAlpha(alpha)
                .loraDropout(dropout)
                .targetModules(targetModules)
                .useRslora(useRslora)
                .build());
  }
}
