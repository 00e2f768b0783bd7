package io.github.lora4j.train;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Reads metrics.jsonl. */
final class Metrics {
  private static final List<String> TIMINGS =
      List.of("seconds", "samples_per_second", "tokens_per_second");

  private Metrics() {}

  static List<ObjectNode> read(Path directory) throws IOException {
    ObjectMapper json = new ObjectMapper();
    List<ObjectNode> lines = new ArrayList<>();
    for (String line : Files.readAllLines(directory.resolve(Trainer.METRICS_FILE))) {
      lines.add((ObjectNode) json.readTree(line));
    }
    return lines;
  }

  /** The lines without what differs from run to run. */
  static List<ObjectNode> withoutTimings(Path directory) throws IOException {
    List<ObjectNode> lines = read(directory);
    lines.forEach(line -> line.remove(TIMINGS));
    return lines;
  }
}
