package io.github.lora4j.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import picocli.CommandLine.Option;

/** The files of a command that adds fields to records. */
final class RewriteOptions {
  @Option(
      names = "--input",
      paramLabel = "FILE",
      required = true,
      description = "The records: JSONL, CSV or TSV.")
  private Path input;

  @Option(
      names = "--output",
      paramLabel = "FILE",
      required = true,
      description = "JSONL with the fields of the input and those that the command adds.")
  private Path output;

  @Option(
      names = "--text-column",
      paramLabel = "NAME",
      defaultValue = "text",
      description = "The field with the text (${DEFAULT-VALUE}).")
  private String textColumn;

  Path output() {
    return output;
  }

  String textColumn() {
    return textColumn;
  }

  /** Checks the values before any work is done. */
  void check(CommonOptions common) throws IOException {
    if (Files.exists(output) && Files.exists(input) && Files.isSameFile(input, output)) {
      throw common.usage("--output is the file of --input");
    }
    if (Files.isDirectory(output)) {
      throw new IllegalArgumentException(output + " is a folder, not a file to write");
    }
  }

  /**
   * Reads the input, adds fields and writes the output.
   *
   * @param name of what is done, for the progress bar
   * @return how many records there were
   */
  long rewrite(Console console, String name, RecordRewriter.Fields fields) throws IOException {
    try (CountProgress progress = CountProgress.on(console, name)) {
      return new RecordRewriter(fields, progress).rewrite(input, output);
    }
  }
}
