package io.github.lora4j.models.classify;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.lora4j.adapter.AdapterRegistry;
import io.github.lora4j.adapter.PeftAdapterFiles;
import io.github.lora4j.compute.Compute;
import io.github.lora4j.compute.KernelSet;
import io.github.lora4j.models.bert.GoldenBert;
import io.github.lora4j.models.encoder.TextEncoder;
import io.github.lora4j.models.encoder.TinyModel;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The example of a mixed batch in docs/adapters.md runs and is the one that the page shows. */
class MixedBatchPageTest {
  private static final Path SOURCE =
      Path.of("src/test/java/io/github/lora4j/models/classify/MixedBatchPageTest.java");

  private static List<Prediction> example(
      TextEncoder base, AdapterRegistry<ClassifierAdapter> registry) {
    // page begins
    List<String> texts = List.of("very good", "the film was bad", "good film", "bad");
    List<String> adapterNames = List.of("sentiment", "aspect", "sentiment", "sentiment");
    List<ClassifierAdapter> adapters = new ArrayList<>();
    for (String name : adapterNames) {
      adapters.add(registry.get(name).form());
    }
    adapters.set(2, adapters.get(2).scaled(0.5f)); // this text with half of the adapter
    adapters.set(3, null); // and this one with the base alone

    List<Prediction> predictions = new TextClassifier(base).predict(texts, adapters);
    // page ends
    return predictions;
  }

  @Test
  void theExampleRuns(@TempDir Path folder) throws IOException {
    Path model = TinyModel.write("bert-classifier", folder);
    try (Compute compute = new Compute(KernelSet.SCALAR, 1);
        TextEncoder base = TextEncoder.open(compute, model.toString(), 16)) {
      AdapterRegistry<ClassifierAdapter> registry =
          new AdapterRegistry<>(adapter -> ClassifierAdapter.bind(base, adapter));
      Path golden = GoldenBert.directory("peft-variants");
      registry.register(PeftAdapterFiles.load("sentiment", golden.resolve("dora"), "bert."));
      registry.register(PeftAdapterFiles.load("aspect", golden.resolve("rslora"), "bert."));
      List<Prediction> predictions = example(base, registry);
      assertEquals(4, predictions.size());
      assertArrayEquals(
          new TextClassifier(base)
              .predict("the film was bad", registry.get("aspect").form())
              .probabilities(),
          predictions.get(1).probabilities());
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
