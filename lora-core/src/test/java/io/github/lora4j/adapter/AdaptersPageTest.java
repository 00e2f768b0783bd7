package io.github.lora4j.adapter;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.lora4j.lora.ActiveAdapter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The example of docs/adapters.md compiles, runs, and is the one that the page shows. */
class AdaptersPageTest {

  private static final Path SOURCE =
      Path.of("src/test/java/io/github/lora4j/adapter/AdaptersPageTest.java");

  private static List<AdapterStatus> example(Path adapters) {
    // page begins
    long budget = 64L << 20; // bytes
    var registry = new AdapterRegistry<ActiveAdapter>(InferenceAdapter::new, budget);
    try (var watcher = AdapterDirectoryWatcher.start(registry, adapters)) {
      registry.activate("sentiment", "sentiment-v2");
      registry.activate("sentiment", "sentiment-v3");
      registry.pin("sentiment-v3", true);
      ActiveAdapter current = registry.get("sentiment").form();
      registry.rollBack("sentiment"); // leads to sentiment-v2 again
      for (AdapterStatus status : registry.list()) {
        System.out.println(status.name() + ": " + status.calls() + " calls");
      }
    }
    // page ends
    return registry.list();
  }

  @Test
  void theExampleRuns(@TempDir Path adapters) {
    for (String name : List.of("sentiment-v2", "sentiment-v3")) {
      PeftAdapterFiles.save(TestAdapters.filled(name, 1), adapters.resolve(name));
    }
    for (AdapterStatus status : example(adapters)) {
      boolean third = status.name().equals("sentiment-v3");
      assertEquals(third ? 1 : 0, status.calls());
      assertEquals(third, status.pinned());
      assertEquals(third ? List.of() : List.of("sentiment"), status.aliases());
    }
  }

  @Test
  void thePageShowsTheSameLines() throws IOException {
    List<String> source = Files.readAllLines(SOURCE);
    int from = source.indexOf("    // page begins") + 1;
    int to = source.indexOf("    // page ends");
    assertTrue(from > 0 && from < to, "no example between the two marks of " + SOURCE);
    String block = String.join("\n", source.subList(from, to)).stripIndent();
    String page = Files.readString(Path.of("../docs/adapters.md")).replace("\r\n", "\n");
    assertTrue(page.contains("```java\n" + block + "\n```\n"), "the page does not show\n" + block);
  }
}
