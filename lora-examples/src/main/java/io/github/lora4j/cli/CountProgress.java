package io.github.lora4j.cli;

import java.util.function.LongConsumer;
import me.tongfei.progressbar.ConsoleProgressBarConsumer;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;

/** Counts what has been done, without knowing how much there is; silent without a terminal. */
final class CountProgress implements LongConsumer, AutoCloseable {
  private final ProgressBar bar;

  private CountProgress(ProgressBar bar) {
    this.bar = bar;
  }

  static CountProgress on(Console console, String name) {
    if (!console.terminal()) {
      return new CountProgress(null);
    }
    return new CountProgress(
        new ProgressBarBuilder()
            .setTaskName(name)
            .setInitialMax(-1)
            .setStyle(ProgressBarStyle.ASCII)
            .setUpdateIntervalMillis(200)
            .setConsumer(new ConsoleProgressBarConsumer(console.err(), 80))
            .showSpeed()
            .build());
  }

  @Override
  public void accept(long done) {
    if (bar != null) {
      bar.stepTo(done);
    }
  }

  @Override
  public void close() {
    if (bar != null) {
      bar.close();
    }
  }
}
