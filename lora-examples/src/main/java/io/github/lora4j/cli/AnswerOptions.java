package io.github.lora4j.cli;

import io.github.lora4j.models.generate.SamplingConfig;
import java.util.List;
import picocli.CommandLine.Option;

/** Where generated texts end. */
final class AnswerOptions {
  private static final int MAX_NEW_TOKENS = 256;

  @Option(
      names = "--max-new-tokens",
      paramLabel = "N",
      description = "The most tokens to generate (" + MAX_NEW_TOKENS + ").")
  private Integer maxNewTokens;

  @Option(
      names = "--stop",
      paramLabel = "TEXT",
      description = "A text that ends the output; may be given several times.")
  private List<String> stop = List.of();

  /** True if any of these options was given. */
  boolean given() {
    return maxNewTokens != null || !stop.isEmpty();
  }

  /** A configuration that takes the likeliest tokens until there. */
  SamplingConfig.Builder config() {
    return SamplingConfig.builder()
        .maxNewTokens(maxNewTokens == null ? MAX_NEW_TOKENS : maxNewTokens)
        .stopStrings(stop);
  }
}
