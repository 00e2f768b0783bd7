package io.github.lora4j.cli;

import io.github.lora4j.train.EpochReport;

/** One line for each epoch: for logs and pipes. */
final class LineProgress implements TrainingProgress {
  private final Console console;
  private final String name;
  private final int epochs;

  LineProgress(Console console, String name, int epochs) {
    this.console = console;
    this.name = name;
    this.epochs = epochs;
  }

  @Override
  public void onEpoch(EpochReport report) {
    console.info(TrainingProgress.line(name, report, epochs));
  }

  @Override
  public void close() {}
}
