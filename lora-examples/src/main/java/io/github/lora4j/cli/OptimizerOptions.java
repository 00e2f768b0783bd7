package io.github.lora4j.cli;

import io.github.lora4j.optim.AdamW;
import io.github.lora4j.optim.AdamW8bit;
import io.github.lora4j.optim.OptimizerFactory;
import io.github.lora4j.optim.PagedAdamW;
import java.nio.file.Path;
import java.util.List;
import java.util.function.ToLongFunction;
import picocli.CommandLine.Option;

/** What takes the steps of a training. */
final class OptimizerOptions {
  private static final String ADAMW = "adamw";
  private static final String PAGED_ADAMW = "paged-adamw";
  private static final String ADAMW_8BIT = "adamw8bit";

  @Option(
      names = "--optimizer",
      paramLabel = "NAME",
      defaultValue = ADAMW,
      description =
          "adamw (the default), paged-adamw (its moments in a file of --out as far as they pass"
              + " --optimizer-memory) or adamw8bit (moments in 8 bits, as bitsandbytes).")
  private String name;

  @Option(
      names = "--optimizer-memory",
      paramLabel = "MB",
      defaultValue = "256",
      description = "Megabytes of moments that paged-adamw keeps in memory (${DEFAULT-VALUE}).")
  private int megabytes;

  /** As given on the command line. */
  String name() {
    return name;
  }

  /**
   * What makes the optimizer.
   *
   * @param folder for the file of a paged one
   */
  OptimizerFactory factory(CommonOptions common, Path folder) {
    if (megabytes < 0) {
      throw common.usage("--optimizer-memory is " + megabytes + ", must be at least 0");
    }
    return switch (name) {
      case ADAMW -> AdamW::new;
      case PAGED_ADAMW -> OptimizerFactory.pagedAdamW(folder, (long) megabytes << 20);
      case ADAMW_8BIT -> AdamW8bit::new;
      default ->
          throw common.usage(
              "unknown optimizer '"
                  + name
                  + "', known are "
                  + String.join(", ", ADAMW, PAGED_ADAMW, ADAMW_8BIT));
    };
  }

  /** Bytes of state that the optimizer holds in memory, from the sizes of the parameters. */
  ToLongFunction<List<Integer>> stateBytes() {
    return switch (name) {
      case PAGED_ADAMW -> sizes -> PagedAdamW.stateBytes(sizes, (long) megabytes << 20);
      case ADAMW_8BIT -> sizes -> sizes.stream().mapToLong(AdamW8bit::stateBytes).sum();
      default -> sizes -> sizes.stream().mapToLong(AdamW::stateBytes).sum();
    };
  }
}
