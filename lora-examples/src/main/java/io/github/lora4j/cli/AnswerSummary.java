package io.github.lora4j.cli;

import io.github.lora4j.models.causal.AnswerReport;
import io.github.lora4j.models.causal.DecoderBase;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * What {@code lora eval} prints of a language model.
 *
 * @param adapter null for the model by itself
 */
record AnswerSummary(
    AnswerReport report, int examples, DecoderBase base, String adapter, double seconds) {

  private boolean answered() {
    return !report.answers().isEmpty();
  }

  Map<String, Object> json() {
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("loss", report.loss());
    json.put("perplexity", report.perplexity());
    json.put("exact_match", answered() ? report.exactMatch() : null);
    json.put("starts_with", answered() ? report.startsWith() : null);
    json.put("samples_per_second", examples / report.seconds());
    json.put("peak_rss_mb", PeakMemory.megabytes());
    json.put("seconds", seconds);
    json.put("adapter", adapter);
    json.put("examples", examples);
    json.put("answer_tokens", report.tokens());
    json.put("base", base.name());
    json.put("weights", base.weights());
    json.put("kernels", base.compute().set().name().toLowerCase(Locale.ROOT));
    return json;
  }

  List<String> lines() {
    List<String> lines = new ArrayList<>();
    lines.add(
        String.format(
            Locale.ROOT,
            "Loss %.4f, perplexity %.3f on %d examples, %.1f samples/s.",
            report.loss(),
            report.perplexity(),
            examples,
            examples / report.seconds()));
    if (answered()) {
      lines.add(
          String.format(
              Locale.ROOT,
              "Generated answers: %.4f are the expected one, %.4f begin with it.",
              report.exactMatch(),
              report.startsWith()));
    }
    return lines;
  }
}
