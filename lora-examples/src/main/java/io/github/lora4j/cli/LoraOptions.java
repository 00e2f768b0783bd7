package io.github.lora4j.cli;

import io.github.lora4j.lora.LoftQConfig;
import io.github.lora4j.lora.LoraConfig;
import io.github.lora4j.lora.LoraConfigBuilder;
import io.github.lora4j.lora.LoraInit;
import io.github.lora4j.lora.ModuleSelector;
import io.github.lora4j.models.bert.EncoderNames;
import io.github.lora4j.quant.LoftQ;
import picocli.CommandLine.Option;

/** The shape of the adapter. */
final class LoraOptions {
  private static final double ALPHA = 16;
  private static final ModuleSelector DEFAULT_TARGETS = ModuleSelector.names("query", "value");

  @Option(
      names = "--r",
      paramLabel = "N",
      defaultValue = "8",
      description = "The rank (${DEFAULT-VALUE}).")
  private int r;

  @Option(
      names = "--alpha",
      paramLabel = "X",
      description = "The update is scaled by alpha / r (16; with loftq as much as scales by 1).")
  private Double alpha;

  @Option(
      names = "--dropout",
      paramLabel = "P",
      defaultValue = "0",
      description = "Dropout before A, in [0, 1) (${DEFAULT-VALUE}).")
  private double dropout;

  @Option(
      names = "--target-modules",
      paramLabel = "SPEC",
      converter = ModuleSelectorConverter.class,
      description = {
        "Which layers get an adapter: names with commas between them, a regular",
        "expression, or all-linear (query,value; of DistilBERT q_lin,v_lin; for causal-lm",
        "all-linear)."
      })
  private ModuleSelector targetModules;

  @Option(names = "--use-rslora", description = "Scale by alpha / sqrt(r) instead.")
  private boolean useRslora;

  @Option(names = "--use-dora", description = "DoRA: learn the length of each row of W by itself.")
  private boolean useDora;

  @Option(
      names = "--bias",
      paramLabel = "WHICH",
      defaultValue = "none",
      description = {
        "Which biases of the base are trained too: none (the default), all, or lora_only (those",
        "of layers with an adapter)."
      })
  private String bias;

  @Option(
      names = "--init-lora-weights",
      paramLabel = "INIT",
      defaultValue = "true",
      converter = LoraInitConverter.class,
      description = {
        "How A and B start: true (A Kaiming-uniform, B zero, the default), gaussian,",
        "orthogonal, false (both random), pissa, pissa_niter_N or olora (the main part of the",
        "weights), or loftq (what --quantize took away)."
      })
  private InitChoice init;

  @Option(
      names = "--loftq-iter",
      paramLabel = "N",
      description = "How often loftq quantizes and decomposes (1).")
  private Integer loftqIterations;

  /** The configuration. */
  LoraConfig config(CommonOptions common) {
    if (loftqIterations != null && init.init() != LoraInit.LOFTQ) {
      throw common.usage("--loftq-iter needs --init-lora-weights loftq");
    }
    return common.checked(this::config);
  }

  /** The same configuration; modules that were not chosen are query and value of this family. */
  LoraConfig over(LoraConfig config, EncoderNames names) {
    if (targetModules != null) {
      return config;
    }
    return config.toBuilder()
        .targetModules(lastPart(names.query()), lastPart(names.value()))
        .build();
  }

  /** The same configuration for a language model: all linear layers if none were chosen. */
  LoraConfig overDecoder(LoraConfig config) {
    return targetModules != null
        ? config
        : config.toBuilder().targetModules(new ModuleSelector.AllLinear()).build();
  }

  private static String lastPart(String module) {
    return module.substring(module.lastIndexOf('.') + 1);
  }

  private LoraConfig config() {
    LoraConfigBuilder config =
        LoraConfig.builder()
            .r(r)
            .loraAlpha(alpha == null ? defaultAlpha() : alpha)
            .loraDropout(dropout)
            .targetModules(targetModules == null ? DEFAULT_TARGETS : targetModules)
            .useRslora(useRslora)
            .bias(bias)
            .useDora(useDora);
    init.in(config);
    if (init.init() == LoraInit.LOFTQ) {
      int bits = LoftQConfig.DEFAULT.bits();
      config.loftq(
          loftqIterations == null ? LoftQConfig.DEFAULT : new LoftQConfig(bits, loftqIterations));
      LoftQ.requireScaling(config.build().scaling(""));
    }
    return config.build();
  }

  /** LoftQ leaves the scaling out of the start, which is right if it is 1. */
  private double defaultAlpha() {
    if (init.init() != LoraInit.LOFTQ) {
      return ALPHA;
    }
    return useRslora ? Math.sqrt(r) : r;
  }
}
