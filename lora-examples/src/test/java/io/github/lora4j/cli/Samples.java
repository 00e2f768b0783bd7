package io.github.lora4j.cli;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.github.lora4j.demo.DemoReviews;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Small data files out of the bundled reviews. */
final class Samples {
  private Samples() {}

  /** The first reviews of the training part, with sentiment as label. */
  static Path train(Path folder, int count) throws IOException {
    return write(folder.resolve("train.jsonl"), DemoReviews.load().train().subList(0, count));
  }

  /** The first reviews of the test part. */
  static Path test(Path folder, int count) throws IOException {
    return write(folder.resolve("test.jsonl"), DemoReviews.load().test().subList(0, count));
  }

  private static Path write(Path file, List<DemoReviews.Review> reviews) throws IOException {
    ObjectMapper json = new ObjectMapper();
    List<String> lines = new ArrayList<>();
    for (DemoReviews.Review review : reviews) {
      Map<String, Object> fields = new LinkedHashMap<>();
      fields.put("id", lines.size());
      fields.put("text", review.text());
      fields.put("label", review.sentiment());
      lines.add(json.writeValueAsString(fields));
    }
    return Files.write(file, lines);
  }
}
