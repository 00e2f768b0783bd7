package io.github.lora4j.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.github.lora4j.demo.DemoReviews;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/** The demonstration on a fifth of its reviews. */
class DemoCommandTest {
  @Test
  void learnsTwoTasksAndSwapsThem(@TempDir Path folder) throws Exception {
    DemoReviews all = DemoReviews.load();
    DemoReviews some = new DemoReviews(all.train().subList(0, 96), all.test().subList(0, 48));
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    ByteArrayOutputStream err = new ByteArrayOutputStream();
    Console console =
        new Console(
            new PrintStream(out, true, StandardCharsets.UTF_8),
            new PrintStream(err, true, StandardCharsets.UTF_8),
            false);
    int status =
        new CommandLine(new DemoCommand(console, () -> some))
            .execute("--json", "--out", folder.toString());
    String story = err.toString(StandardCharsets.UTF_8);
    assertEquals(0, status, story);
    JsonNode json = new ObjectMapper().readTree(out.toString(StandardCharsets.UTF_8));
    for (String adapter : List.of("sentiment", "aspect")) {
      JsonNode accuracy = json.path(adapter);
      assertTrue(
          accuracy.path("after").asDouble() > accuracy.path("before").asDouble() + 0.1,
          json.toString());
      assertTrue(Files.exists(folder.resolve(adapter).resolve("adapter_model.safetensors")));
    }
    assertTrue(json.path("seconds").asDouble() > 0);
    assertTrue(story.contains("synthetic"), story);
    assertTrue(story.contains("all the same as one after the other"), story);
  }
}
