package io.github.lora4j.cli;

import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code lora} itself, which only has commands. */
@Command(
    name = "lora",
    mixinStandardHelpOptions = true,
    versionProvider = Version.class,
    synopsisSubcommandLabel = "COMMAND",
    description = "Trains and serves LoRA adapters on transformer models.",
    footer = {"", "lora COMMAND --help shows the options of a command."})
final class LoraCommand implements Runnable {
  @Spec private CommandSpec spec;

  @Override
  public void run() {
    throw new ParameterException(
        spec.commandLine(),
        "missing command; known are " + String.join(", ", spec.subcommands().keySet()));
  }
}
