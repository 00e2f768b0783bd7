package io.github.lora4j.models.classify;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.lora4j.adapter.LoraAdapter;
import io.github.lora4j.adapter.PeftAdapterFiles;
import io.github.lora4j.compute.Compute;
import io.github.lora4j.lora.LoraConfig;
import io.github.lora4j.memory.MemoryEstimate;
import io.github.lora4j.memory.RuntimeMemory;
import io.github.lora4j.models.data.LabeledText;
import io.github.lora4j.models.encoder.EncoderSource;
import io.github.lora4j.models.encoder.TextEncoder;
import io.github.lora4j.models.encoder.TinyModel;
import io.github.lora4j.models.memory.TrainingShape;
import io.github.lora4j.models.weights.WeightFormat;
import io.github.lora4j.optim.AdamW;
import io.github.lora4j.optim.Schedule;
import io.github.lora4j.train.Trainer;
import io.github.lora4j.train.TrainingConfig;
import io.github.lora4j.train.TrainingListener;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Training from the classification head of a checkpoint. */
class CheckpointHeadTrainingTest {
  private static final LoraConfig LORA =
      LoraConfig.builder().r(2).targetModules("query", "value", "q_lin", "v_lin").build();
  private static final List<String> TEXTS = List.of("good film", "bad film", "the film was");
  private static final TrainingConfig CONFIG =
      new TrainingConfig(4, 3, 1, 5e-3, Schedule.LINEAR, 0.1, 0, 1, 7, 0, 0);

  @TempDir private Path folder;

  private static List<LabeledText> rows(String... labels) {
    List<LabeledText> rows = new ArrayList<>();
    for (int i = 0; i < labels.length; i++) {
      rows.add(new LabeledText(TEXTS.get(i % 3), labels[i], i + 1));
    }
    return rows;
  }

  private EncoderSource source(String golden) throws IOException {
    Path model = TinyModel.write(golden, folder.resolve(golden));
    return EncoderSource.of(model.toString(), 16);
  }

  private static TextEncoder open(Compute compute, EncoderSource source) {
    return source.open(compute, WeightFormat.FLOAT32);
  }

  @ParameterizedTest
  @CsvSource({
    "bert, 'classifier.weight,classifier.bias'",
    "roberta, 'classifier.dense.weight,classifier.dense.bias,classifier.out_proj.weight,"
        + "classifier.out_proj.bias'",
    "distilbert, 'pre_classifier.weight,pre_classifier.bias,classifier.weight,classifier.bias'",
  })
  void startsFromTheCheckpointAndIsSavedAsPeftDoes(String family, String saved) throws IOException {
    EncoderSource source = source(family + "-classifier");
    assertEquals(List.of("bad", "fair", "good"), source.headLabels());
    // The labels in another order: that of the checkpoint is kept.
    List<String> labels = List.of("good", "bad", "fair");
    List<LabeledText> train = rows("good", "bad", "fair");
    try (Compute compute = Compute.withThreads(1);
        TextEncoder base = open(compute, source)) {
      ClassificationTask task = new ClassificationTask(base, LORA, labels, train, train, 1);
      TextClassifier classifier = new TextClassifier(base);
      ClassifierAdapter own = ClassifierAdapter.ofCheckpoint(base, "own");
      // B is zero, so the start is the checkpoint.
      for (String text : TEXTS) {
        assertArrayEquals(
            classifier.predict(text, own).probabilities(),
            classifier.predict(text, task.current()).probabilities(),
            1e-6f);
      }
      double before = task.evaluate().loss();
      new Trainer(task, CONFIG, TrainingListener.NONE).run();
      double after = task.evaluate().loss();
      assertTrue(after < before, before + " -> " + after);

      LoraAdapter adapter = task.adapter("x");
      assertEquals(List.of("bad", "fair", "good"), adapter.info().labels());
      assertEquals("cls", adapter.info().pooling());
      assertEquals(Set.of(saved.split(",")), adapter.savedTensors().keySet());
      Path out = folder.resolve("adapter");
      PeftAdapterFiles.save(adapter, out, base.classifierPrefix());
      ClassifierAdapter loaded = ClassifierAdapter.bind(base, PeftAdapterFiles.load("x", out));
      assertEquals(
          after, classifier.evaluate(TEXTS, List.of("good", "bad", "fair"), loaded).loss(), 1e-6);
    }
  }

  @Test
  void otherLabelsGetANewHead() throws IOException {
    try (Compute compute = Compute.withThreads(1);
        TextEncoder base = open(compute, source("roberta-classifier"))) {
      ClassificationTask task =
          new ClassificationTask(base, LORA, List.of("a", "b"), rows("a", "b"), List.of(), 1);
      LoraAdapter adapter = task.adapter("x");
      assertEquals("mean", adapter.info().pooling());
      assertEquals(Set.of("classifier.weight", "classifier.bias"), adapter.savedTensors().keySet());
      assertEquals(List.of("a", "b"), ClassifierAdapter.bind(base, adapter).labels());
    }
  }

  @Test
  void aBaseWithoutAHeadSaysSo() throws IOException {
    try (Compute compute = Compute.withThreads(1);
        TextEncoder base = open(compute, source("bert-tiny"))) {
      assertEquals(
          base.name() + " has no classification head of its own: it needs an adapter",
          assertThrows(
                  IllegalArgumentException.class, () -> ClassifierAdapter.ofCheckpoint(base, "x"))
              .getMessage());
    }
  }

  @ParameterizedTest
  @CsvSource({"single_label_classification, 3", "multi_label_classification, 0", "regression, 0"})
  void onlyOneClassOfSeveralIsSupported(String problem, int labels) throws IOException {
    Path model = TinyModel.write("bert-classifier", folder.resolve("bert"));
    Path config = model.resolve("config.json");
    Files.writeString(
        config,
        Files.readString(config).replaceFirst("\\{", "{\"problem_type\": \"" + problem + "\","));
    assertEquals(labels, EncoderSource.of(model.toString(), 16).headLabels().size());
  }

  @ParameterizedTest
  @CsvSource({"bert", "roberta", "distilbert"})
  void theMemoryIsEstimated(String family) throws IOException {
    EncoderSource source = source(family + "-classifier");
    List<String> labels = List.of("good", "bad", "fair");
    List<LabeledText> train = rows("good", "bad", "fair", "good", "bad", "fair");
    try (Compute compute = Compute.withThreads(1);
        TextEncoder base = open(compute, source)) {
      ClassificationTexts texts =
          ClassificationTexts.of(base.tokenizer(), train, List.of(), CONFIG.epochs(), 7);
      MemoryEstimate estimate =
          ClassificationMemory.of(source, LORA, labels, texts, 1)
              .estimate(
                  new TrainingShape(
                      WeightFormat.FLOAT32,
                      CONFIG.batchSize(),
                      false,
                      16,
                      sizes -> sizes.stream().mapToLong(AdamW::stateBytes).sum()),
                  RuntimeMemory.NONE);
      ClassificationTask task =
          new ClassificationTask(base, LORA, labels, train, List.of(), CONFIG.seed());
      new Trainer(task, CONFIG, TrainingListener.NONE).run();
      assertEquals(base.encoder().weightBytes(), estimate.weights());
      assertEquals(4 * Float.BYTES * task.trainableParameters(), estimate.adapters());
      double ratio = (double) estimate.activations() / compute.buffers().peakBytes();
      assertEquals(1, ratio, 0.1);
    }
  }
}
