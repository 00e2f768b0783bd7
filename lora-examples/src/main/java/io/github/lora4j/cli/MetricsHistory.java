package io.github.lora4j.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * What {@code metrics.jsonl} says of a whole run, the part before a resume included.
 *
 * @param steps loss after each step
 * @param epochs evaluation after each epoch that had one
 */
record MetricsHistory(List<Step> steps, List<Epoch> epochs) {
  /** Loss of a step, counted from 1. */
  record Step(long step, double loss) {}

  /**
   * Evaluation at the end of an epoch, that is after {@code step}.
   *
   * @param accuracy NaN if it was not measured
   */
  record Epoch(long step, double loss, double accuracy) {}

  /** True if the accuracy was measured. */
  boolean hasAccuracy() {
    return epochs.stream().anyMatch(epoch -> !Double.isNaN(epoch.accuracy()));
  }

  static MetricsHistory read(Path file) throws IOException {
    ObjectMapper json = new ObjectMapper();
    List<Step> steps = new ArrayList<>();
    List<Epoch> epochs = new ArrayList<>();
    long last = 0;
    for (String line : Files.readAllLines(file)) {
      JsonNode event = json.readTree(line);
      if (event.path("event").asText().equals("step")) {
        last = event.path("step").asLong();
        steps.add(new Step(last, event.path("loss").asDouble()));
      } else if (event.has("eval_loss")) {
        epochs.add(
            new Epoch(
                last,
                event.path("eval_loss").asDouble(),
                event.path("eval_accuracy").asDouble(Double.NaN)));
      }
    }
    return new MetricsHistory(steps, epochs);
  }
}
