package io.github.lora4j.cli;

import io.github.lora4j.train.EpochReport;
import io.github.lora4j.train.StepReport;
import java.util.Locale;
import me.tongfei.progressbar.ConsoleProgressBarConsumer;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;

/** A bar with steps, time left, loss and speed; each finished epoch stays above it as a line. */
final class BarProgress implements TrainingProgress {
  private static final int WIDTH = 100;
  private static final String CLEAR_LINE = "\r\u001b[K";

  private final Console console;
  private final String name;
  private final int epochs;
  private ProgressBar bar;

  BarProgress(Console console, String name, int epochs) {
    this.console = console;
    this.name = name;
    this.epochs = epochs;
  }

  @Override
  public void onStart(long stepsDone, long totalSteps) {
    bar =
        new ProgressBarBuilder()
            .setTaskName(name)
            .setInitialMax(totalSteps)
            .setStyle(ProgressBarStyle.ASCII)
            .setUpdateIntervalMillis(200)
            .setConsumer(new ConsoleProgressBarConsumer(console.err(), WIDTH))
            .build()
            .stepTo(stepsDone);
  }

  @Override
  public void onStep(StepReport report) {
    bar.setExtraMessage(
        String.format(
            Locale.ROOT, " loss %.3f, %.0f samples/s", report.loss(), report.samplesPerSecond()));
    bar.stepTo(report.step());
  }

  @Override
  public void onEpoch(EpochReport report) {
    console.info(CLEAR_LINE + TrainingProgress.line(name, report, epochs));
  }

  @Override
  public void close() {
    if (bar != null) {
      bar.close();
    }
  }
}
