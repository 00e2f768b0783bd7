package io.github.lora4j.docs;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.lora4j.adapter.AdapterRegistry;
import io.github.lora4j.adapter.PeftAdapterFiles;
import io.github.lora4j.compute.Compute;
import io.github.lora4j.demo.DemoReviews;
import io.github.lora4j.demo.DemoReviews.Review;
import io.github.lora4j.lora.LoraConfig;
import io.github.lora4j.models.classify.ClassificationTask;
import io.github.lora4j.models.classify.ClassifierAdapter;
import io.github.lora4j.models.classify.Prediction;
import io.github.lora4j.models.classify.TextClassifier;
import io.github.lora4j.models.data.TextClassificationData;
import io.github.lora4j.models.encoder.TextEncoder;
import io.github.lora4j.train.Trainer;
import io.github.lora4j.train.TrainingConfig;
import io.github.lora4j.train.TrainingListener;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The example of the README compiles, runs, and is the one that the README shows. */
class ReadmeExampleTest {
  private static final Path SOURCE =
      Path.of("src/test/java/io/github/lora4j/docs/ReadmeExampleTest.java");

  private static Prediction example(Path reviews, Path folder) {
    // README begins
    try (Compute compute = Compute.create();
        TextEncoder base = TextEncoder.open(compute, "minilm", 128)) {
      // Train: W stays frozen, only A and B of each targeted layer and a small head learn.
      TextClassificationData data = TextClassificationData.read(reviews);
      LoraConfig lora = LoraConfig.builder().r(8).targetModules("query", "value").build();
      var task = new ClassificationTask(base, lora, data.labels(), data.rows(), List.of(), 1);
      new Trainer(task, TrainingConfig.DEFAULT, TrainingListener.NONE).run();
      PeftAdapterFiles.save(task.adapter("sentiment"), folder, base.classifierPrefix());

      // Serve: one base, any number of adapters, and each call says which one it wants.
      var adapters = new AdapterRegistry<>(a -> ClassifierAdapter.bind(base, a));
      adapters.load("sentiment", folder);
      TextClassifier classifier = new TextClassifier(base);
      return classifier.predict("It broke on day one.", adapters.get("sentiment").form());
    }
    // README ends
  }

  @Test
  void theExampleRuns(@TempDir Path folder) throws IOException {
    StringBuilder tsv = new StringBuilder("text\tlabel\n");
    for (Review review : DemoReviews.load().train().subList(0, 160)) {
      tsv.append('"').append(review.text().replace("\"", "\"\"")).append('"');
      tsv.append('\t').append(review.sentiment()).append('\n');
    }
    Path reviews = Files.writeString(folder.resolve("reviews.tsv"), tsv);
    Prediction prediction = example(reviews, folder.resolve("adapter"));
    assertEquals("negative", prediction.label());
    assertTrue(prediction.score() > 0.5, "score " + prediction.score());
  }

  @Test
  void theReadmeShowsTheSameLines() throws IOException {
    List<String> source = Files.readAllLines(SOURCE);
    int from = source.indexOf("    // README begins") + 1;
    int to = source.indexOf("    // README ends");
    assertTrue(from > 0 && from < to, "no example between the two marks of " + SOURCE);
    String block = String.join("\n", source.subList(from, to)).stripIndent();
    String readme = Files.readString(Path.of("../README.md")).replace("\r\n", "\n");
    assertTrue(
        readme.contains("```java\n" + block + "\n```\n"), "the README does not show\n" + block);
  }
}
