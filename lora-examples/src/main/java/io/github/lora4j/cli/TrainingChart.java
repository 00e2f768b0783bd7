package io.github.lora4j.cli;

import io.github.lora4j.checkpoint.AtomicFile;
import io.github.lora4j.train.Trainer;
import java.awt.AWTError;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.function.ToDoubleFunction;
import org.knowm.xchart.BitmapEncoder;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYChartBuilder;
import org.knowm.xchart.XYSeries;
import org.knowm.xchart.style.Styler;
import org.knowm.xchart.style.markers.SeriesMarkers;

/** Draws {@code training.png}: loss by step, loss and accuracy, if any, of the evaluations. */
final class TrainingChart {
  static final String FILE_NAME = "training.png";

  private static final int ACCURACY_AXIS = 1;

  private TrainingChart() {}

  /** Draws the metrics of a directory into it. */
  static void write(Path directory) throws IOException {
    MetricsHistory metrics = MetricsHistory.read(directory.resolve(Trainer.METRICS_FILE));
    XYChart chart =
        new XYChartBuilder()
            .width(900)
            .height(520)
            .title("Training")
            .xAxisTitle("step")
            .yAxisTitle("loss")
            .build();
    chart.getStyler().setLegendPosition(Styler.LegendPosition.OutsideE);
    chart.getStyler().setYAxisMin(0.0);
    chart
        .addSeries(
            "loss",
            column(metrics.steps(), MetricsHistory.Step::step),
            column(metrics.steps(), MetricsHistory.Step::loss))
        .setMarker(SeriesMarkers.NONE);
    if (!metrics.epochs().isEmpty()) {
      chart.addSeries(
          "eval loss",
          column(metrics.epochs(), MetricsHistory.Epoch::step),
          column(metrics.epochs(), MetricsHistory.Epoch::loss));
    }
    if (metrics.hasAccuracy()) {
      addAccuracy(chart, metrics.epochs());
    }
    AtomicFile.write(
        directory.resolve(FILE_NAME),
        BitmapEncoder.getBitmapBytes(chart, BitmapEncoder.BitmapFormat.PNG));
  }

  /** A missing chart is no reason to fail: some JVMs come without fonts or without AWT. */
  static void tryWrite(Console console, Path directory) {
    try {
      write(directory);
    } catch (IOException | RuntimeException | LinkageError | AWTError e) {
      console.info("no chart was drawn: " + Failures.describe(e));
    }
  }

  private static void addAccuracy(XYChart chart, List<MetricsHistory.Epoch> epochs) {
    double[] steps = column(epochs, MetricsHistory.Epoch::step);
    XYSeries accuracy =
        chart.addSeries("eval accuracy", steps, column(epochs, MetricsHistory.Epoch::accuracy));
    accuracy.setYAxisGroup(ACCURACY_AXIS);
    chart.setYAxisGroupTitle(ACCURACY_AXIS, "accuracy");
    chart.getStyler().setYAxisGroupPosition(ACCURACY_AXIS, Styler.YAxisPosition.Right);
    chart.getStyler().setYAxisMin(ACCURACY_AXIS, 0.0);
    chart.getStyler().setYAxisMax(ACCURACY_AXIS, 1.0);
  }

  private static <T> double[] column(List<T> rows, ToDoubleFunction<T> value) {
    return rows.stream().mapToDouble(value).toArray();
  }
}
