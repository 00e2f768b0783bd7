package io.github.lora4j.models.causal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.lora4j.adapter.AdapterRegistry;
import io.github.lora4j.adapter.InferenceAdapter;
import io.github.lora4j.adapter.LoraAdapter;
import io.github.lora4j.adapter.PeftAdapterFiles;
import io.github.lora4j.checkpoint.DType;
import io.github.lora4j.lora.ActiveAdapter;
import io.github.lora4j.models.gguf.GgufAdapterFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The example of GGUF adapters in docs/adapters.md runs, and is the one that the page shows. */
class GgufAdapterPageTest {
  private static final Path SOURCE =
      Path.of("src/test/java/io/github/lora4j/models/causal/GgufAdapterPageTest.java");

  private static LoraAdapter example(Path model, Path folder, Path file) {
    // page begins
    DecoderSource source = DecoderSource.of(model); // a directory or a GGUF file
    LoraAdapter adapter = PeftAdapterFiles.load("answers", folder);
    GgufAdapterFiles.save(adapter, file, source.ggufBase(), DType.F32);
    LoraAdapter read = GgufAdapterFiles.load("answers", file, source.ggufBase());
    long budget = Long.MAX_VALUE; // bytes
    DecoderAdapters reader = new DecoderAdapters(source); // folders and files
    var registry = new AdapterRegistry<ActiveAdapter>(InferenceAdapter::new, budget, reader);
    registry.load("answers", file);
    // page ends
    assertEquals(List.of("answers"), registry.names());
    return read;
  }

  @Test
  void theExampleRuns(@TempDir Path temporary) {
    Path model = new GoldenDecoder("mistral").folder();
    LoraAdapter read = example(model, model.resolve("lora"), temporary.resolve("answers.gguf"));
    assertEquals(PeftAdapterFiles.load("x", model.resolve("lora")).weights(), read.weights());
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
