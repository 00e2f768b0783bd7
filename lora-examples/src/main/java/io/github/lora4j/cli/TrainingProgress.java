package io.github.lora4j.cli;

import io.github.lora4j.train.EpochReport;
import io.github.lora4j.train.Evaluation;
import io.github.lora4j.train.TrainingListener;
import java.util.Locale;

/** Shows on standard error how training goes. */
interface TrainingProgress extends TrainingListener, AutoCloseable {
  /** A bar on a terminal, otherwise one line for each epoch. */
  static TrainingProgress on(Console console, String name, int epochs) {
    return console.terminal()
        ? new BarProgress(console, name, epochs)
        : new LineProgress(console, name, epochs);
  }

  /** One epoch in words. */
  static String line(String name, EpochReport report, int epochs) {
    String line =
        String.format(
            Locale.ROOT,
            "%s: epoch %d/%d, loss %.4f, %.0f samples/s",
            name,
            report.epoch(),
            epochs,
            report.trainLoss(),
            report.samplesPerSecond());
    Evaluation evaluation = report.evaluation();
    if (evaluation == null) {
      return line;
    }
    String loss = String.format(Locale.ROOT, ", eval loss %.4f", evaluation.loss());
    String accuracy =
        evaluation.hasAccuracy()
            ? String.format(Locale.ROOT, ", accuracy %.4f", evaluation.accuracy())
            : "";
    return line + loss + accuracy + (report.best() ? " (best)" : "");
  }

  @Override
  void close();
}
