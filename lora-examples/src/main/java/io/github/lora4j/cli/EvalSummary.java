package io.github.lora4j.cli;

import io.github.lora4j.models.classify.ClassificationReport;
import io.github.lora4j.models.encoder.TextEncoder;
import io.github.lora4j.train.Evaluation;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * What {@code lora eval} prints.
 *
 * @param adapter or null for the base with its own head
 */
record EvalSummary(ClassificationReport report, TextEncoder base, String adapter, double seconds) {

  Map<String, Object> json() {
    Evaluation evaluation = report.evaluation();
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("accuracy", evaluation.accuracy());
    json.put("loss", evaluation.loss());
    json.put("samples_per_second", evaluation.samplesPerSecond());
    json.put("peak_rss_mb", PeakMemory.megabytes());
    json.put("seconds", seconds);
    json.put("adapter", adapter);
    json.put("examples", evaluation.examples());
    json.put("base", base.name());
    json.put("kernels", base.compute().set().name().toLowerCase(Locale.ROOT));
    json.put("labels", report.labels());
    Map<String, Object> perLabel = new LinkedHashMap<>();
    for (ClassificationReport.LabelScore score : report.scores()) {
      Map<String, Object> one = new LinkedHashMap<>();
      one.put("precision", score.precision());
      one.put("recall", score.recall());
      one.put("f1", score.f1());
      one.put("support", score.support());
      perLabel.put(score.label(), one);
    }
    json.put("per_label", perLabel);
    json.put("confusion_matrix", report.confusion());
    return json;
  }

  List<String> lines() {
    Evaluation evaluation = report.evaluation();
    List<String> lines = new ArrayList<>();
    lines.add(
        String.format(
            Locale.ROOT,
            "Accuracy %.4f, loss %.4f on %d texts, %.0f samples/s.",
            evaluation.accuracy(),
            evaluation.loss(),
            evaluation.examples(),
            evaluation.samplesPerSecond()));
    for (ClassificationReport.LabelScore score : report.scores()) {
      lines.add(
          String.format(
              Locale.ROOT,
              "  %-20s precision %.3f, recall %.3f, F1 %.3f (%d texts)",
              score.label(),
              score.precision(),
              score.recall(),
              score.f1(),
              score.support()));
    }
    return lines;
  }
}
