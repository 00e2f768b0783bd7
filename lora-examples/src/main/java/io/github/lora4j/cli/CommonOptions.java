package io.github.lora4j.cli;

import io.github.lora4j.compute.Compute;
import java.util.function.Supplier;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The options that every command has. */
final class CommonOptions {
  @Spec(Spec.Target.MIXEE)
  private CommandSpec command;

  @Option(
      names = "--json",
      description = "Print one JSON object as the last line of standard output.")
  private boolean json;

  @Option(names = "--debug", description = "Log more, and show where an error comes from.")
  private boolean debug;

  @Option(
      names = "--threads",
      paramLabel = "N",
      description = "Threads to compute on; one for each processor if not given.")
  private Integer threads;

  boolean json() {
    return json;
  }

  int threads() {
    return threads == null ? Runtime.getRuntime().availableProcessors() : threads;
  }

  /** What to compute with; the caller closes it. */
  Compute compute() {
    return Compute.withThreads(threads());
  }

  /** Checks the values before any work is done. */
  void check() {
    if (threads != null && threads < 1) {
      throw usage("--threads is " + threads + ", must be at least 1");
    }
  }

  /** Wrong usage of the command. */
  ParameterException usage(String problem) {
    return new ParameterException(command.commandLine(), problem);
  }

  /** Takes a value that the library finds out of range as wrong usage. */
  <T> T checked(Supplier<T> value) {
    try {
      return value.get();
    } catch (IllegalArgumentException e) {
      throw new ParameterException(command.commandLine(), e.getMessage(), e);
    }
  }
}
