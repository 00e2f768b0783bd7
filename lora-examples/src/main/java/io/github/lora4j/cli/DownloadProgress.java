package io.github.lora4j.cli;

import io.github.lora4j.models.hub.DownloadListener;
import io.github.lora4j.models.hub.HubModel;
import java.util.Locale;
import me.tongfei.progressbar.ConsoleProgressBarConsumer;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;

/** Shows a download on standard error: a bar on a terminal, otherwise one line for each file. */
final class DownloadProgress implements DownloadListener {
  private static final long MEGABYTE = 1 << 20;
  private static final int WIDTH = 100;

  private final Console console;
  private ProgressBar bar;
  private long finished;

  DownloadProgress(Console console) {
    this.console = console;
  }

  @Override
  public void onStart(HubModel model, int files, long bytes) {
    console.info(
        String.format(
            Locale.ROOT, "downloading %s: %d files, %.1f MB", model, files, megabytes(bytes)));
    finished = 0;
    if (console.terminal()) {
      bar =
          new ProgressBarBuilder()
              .setTaskName("download")
              .setInitialMax(bytes)
              .setUnit(" MB", MEGABYTE)
              .setStyle(ProgressBarStyle.ASCII)
              .setUpdateIntervalMillis(200)
              .setConsumer(new ConsoleProgressBarConsumer(console.err(), WIDTH))
              .showSpeed()
              .build();
    }
  }

  @Override
  public void onProgress(String file, long done, long size) {
    if (bar != null) {
      bar.setExtraMessage(" " + file);
      bar.stepTo(finished + done);
    }
  }

  @Override
  public void onFile(String file, long size) {
    finished += size;
    if (bar == null) {
      console.info(String.format(Locale.ROOT, "  %s, %.1f MB", file, megabytes(size)));
    }
  }

  @Override
  public void onRetry(String file, String problem) {
    console.info("  " + file + ": " + problem + "; trying again");
  }

  @Override
  public void onEnd() {
    if (bar != null) {
      bar.close();
      bar = null;
    }
  }

  private static double megabytes(long bytes) {
    return (double) bytes / MEGABYTE;
  }
}
