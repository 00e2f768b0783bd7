package io.github.lora4j.cli;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * What {@code lora predict} prints at its end.
 *
 * @param adapters their names; none for the model by itself
 * @param predicting seconds without the loading
 */
record PredictSummary(
    long texts, Path output, List<String> adapters, double predicting, double seconds) {

  /** What both kinds of models have. */
  Map<String, Object> json() {
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("texts", texts);
    json.put("output", output.toString());
    json.put("adapters", adapters);
    json.put("samples_per_second", predicting > 0 ? texts / predicting : 0);
    json.put("peak_rss_mb", PeakMemory.megabytes());
    json.put("seconds", seconds);
    return json;
  }

  /**
   * For people.
   *
   * @param done with the texts
   * @param alone what did it without an adapter
   */
  List<String> lines(String done, String alone) {
    return List.of(
        String.format(
            Locale.ROOT,
            "%s %,d texts with %s in %.1f s: %s",
            done,
            texts,
            adapters.isEmpty() ? alone : adapters.size() + " adapters",
            seconds,
            output));
  }
}
