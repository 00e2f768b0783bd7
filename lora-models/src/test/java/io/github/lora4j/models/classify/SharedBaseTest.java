package io.github.lora4j.models.classify;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.lora4j.adapter.LoraAdapter;
import io.github.lora4j.adapter.PeftAdapterFiles;
import io.github.lora4j.compute.Compute;
import io.github.lora4j.lora.LoraConfig;
import io.github.lora4j.models.bert.WeightHash;
import io.github.lora4j.models.data.LabeledText;
import io.github.lora4j.models.encoder.TextEncoder;
import io.github.lora4j.optim.Schedule;
import io.github.lora4j.train.Trainer;
import io.github.lora4j.train.TrainingConfig;
import io.github.lora4j.train.TrainingListener;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Two adapters trained on one MiniLM. */
class SharedBaseTest {
  /** Tables of 31,036 rows, six layers of 1,774,464 values and a normalisation; no pooler. */
  private static final long BASE_VALUES = 31_036 * 384 + 6 * 1_774_464 + 2 * 384;

  private static final List<String> TEXTS =
      List.of(
          "Loved it.",
          "The screen broke after one day and nobody answers my mails, so I want my money back.",
          "Okay",
          "",
          "What a waste of money!",
          "A gift for my mother, who uses it every day and is still happy with it. ".repeat(5));

  private static final List<LabeledText> SENTIMENT =
      List.of(
          new LabeledText("I love this phone", "good", 1),
          new LabeledText("Terrible quality, do not buy", "bad", 2),
          new LabeledText("Works great and looks nice", "good", 3),
          new LabeledText("It stopped working", "bad", 4));

  private static final List<LabeledText> TOPIC =
      List.of(
          new LabeledText("The parcel came late", "delivery", 1),
          new LabeledText("Far too expensive", "price", 2),
          new LabeledText("The display is bright", "screen", 3));

  private static Compute compute;
  private static TextEncoder base;
  private static long hashBefore;
  private static long hashAfter;
  private static LoraAdapter sentiment;
  private static LoraAdapter topic;

  @BeforeAll
  static void train() {
    compute = Compute.withThreads(2);
    base = TextEncoder.open(compute, "minilm", 128);
    hashBefore = WeightHash.of(base.encoder(), BASE_VALUES);
    sentiment = train("sentiment", List.of("good", "bad"), SENTIMENT, "query", "value");
    topic = train("topic", List.of("delivery", "price", "screen"), TOPIC, "dense");
    hashAfter = WeightHash.of(base.encoder(), BASE_VALUES);
  }

  @AfterAll
  static void close() {
    base.close();
    compute.close();
  }

  private static LoraAdapter train(
      String name, List<String> labels, List<LabeledText> rows, String... targets) {
    LoraConfig config =
        LoraConfig.builder().r(4).loraAlpha(8).loraDropout(0.1).targetModules(targets).build();
    ClassificationTask task = new ClassificationTask(base, config, labels, rows, List.of(), 1);
    TrainingConfig training =
        new TrainingConfig(1, 2, 1, 5e-3, Schedule.CONSTANT, 0, 0.01, 1, 1, 0, 0);
    List<float[]> start = task.parameters().stream().map(p -> p.value().toArray()).toList();
    new Trainer(task, training, TrainingListener.NONE).run();
    for (int i = 0; i < start.size(); i++) {
      float[] trained = task.parameters().get(i).value().toArray();
      assertFalse(Arrays.equals(start.get(i), trained), task.parameters().get(i) + " is trained");
    }
    return task.adapter(name);
  }

  @Test
  void trainingLeavesTheBaseAsItIs() {
    assertEquals(hashBefore, hashAfter);
  }

  @Test
  void aBatchOfAnyLengthsEqualsOneByOne() {
    TextClassifier classifier = new TextClassifier(base);
    for (LoraAdapter adapter : List.of(sentiment, topic)) {
      ClassifierAdapter bound = ClassifierAdapter.bind(base, adapter);
      List<Prediction> together = classifier.predict(TEXTS, bound);
      assertEquals(TEXTS.size(), together.size());
      for (int i = 0; i < TEXTS.size(); i++) {
        Prediction alone = classifier.predict(TEXTS.get(i), bound);
        assertArrayEquals(alone.probabilities(), together.get(i).probabilities(), 1e-5f);
        assertEquals(alone.label(), together.get(i).label());
        float sum = 0;
        for (float probability : alone.probabilities()) {
          sum += probability;
          assertTrue(probability <= alone.score());
        }
        assertEquals(1, sum, 1e-5);
      }
    }
  }

  @Test
  void threadsWithTwoAdaptersDoNotDisturbEachOther() throws Exception {
    TextClassifier classifier = new TextClassifier(base);
    List<ClassifierAdapter> adapters =
        List.of(ClassifierAdapter.bind(base, sentiment), ClassifierAdapter.bind(base, topic));
    List<List<Prediction>> alone = new ArrayList<>();
    for (ClassifierAdapter adapter : adapters) {
      alone.add(classifier.predict(TEXTS, adapter));
    }
    CyclicBarrier start = new CyclicBarrier(adapters.size());
    ExecutorService threads = Executors.newFixedThreadPool(adapters.size());
    try {
      List<Callable<List<List<Prediction>>>> calls = new ArrayList<>();
      for (ClassifierAdapter adapter : adapters) {
        calls.add(
            () -> {
              start.await();
              List<List<Prediction>> runs = new ArrayList<>();
              for (int i = 0; i < 3; i++) {
                runs.add(classifier.predict(TEXTS, adapter));
              }
              return runs;
            });
      }
      List<Future<List<List<Prediction>>>> results = threads.invokeAll(calls);
      for (int a = 0; a < adapters.size(); a++) {
        for (List<Prediction> run : results.get(a).get()) {
          assertSame(alone.get(a), run);
        }
      }
    } finally {
      threads.shutdownNow();
    }
  }

  @Test
  void aSavedAdapterPredictsTheSame(@TempDir Path directory) {
    TextClassifier classifier = new TextClassifier(base);
    PeftAdapterFiles.save(topic, directory, base.classifierPrefix());
    LoraAdapter loaded = PeftAdapterFiles.load("topic", directory);
    assertSame(
        classifier.predict(TEXTS, ClassifierAdapter.bind(base, topic)),
        classifier.predict(TEXTS, ClassifierAdapter.bind(base, loaded)));
    assertEquals(128, ClassifierAdapter.maxLength(loaded).getAsInt());
  }

  private static void assertSame(List<Prediction> expected, List<Prediction> actual) {
    assertEquals(expected.size(), actual.size());
    for (int i = 0; i < expected.size(); i++) {
      assertEquals(expected.get(i).label(), actual.get(i).label());
      assertArrayEquals(expected.get(i).probabilities(), actual.get(i).probabilities());
    }
  }
}
