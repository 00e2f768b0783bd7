package io.github.lora4j.models.classify;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.lora4j.adapter.AdapterRegistry;
import io.github.lora4j.adapter.BoundAdapter;
import io.github.lora4j.adapter.LoraAdapter;
import io.github.lora4j.adapter.PeftAdapterFiles;
import io.github.lora4j.compute.Compute;
import io.github.lora4j.compute.KernelSet;
import io.github.lora4j.lora.ActiveAdapter;
import io.github.lora4j.models.bert.GoldenBert;
import io.github.lora4j.models.encoder.TextEncoder;
import io.github.lora4j.models.encoder.TinyModel;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Batches in which texts have different adapters: all that PEFT writes over one classifier. */
class MixedTextsTest {
  private static final List<String> WORDS = List.of("good", "bad", "very", "the", "film", "was");
  private static final List<String> VARIANTS = new GoldenBert("peft-variants").names("names");

  @TempDir Path folder;

  private final Random random = new Random(11);

  private TextEncoder open(Compute compute) throws IOException {
    Path model = TinyModel.write("bert-classifier", folder.resolve("model"));
    return TextEncoder.open(compute, model.toString(), 16);
  }

  private static LoraAdapter load(String name) {
    return PeftAdapterFiles.load(
        name, GoldenBert.directory("peft-variants").resolve(name), "bert.");
  }

  private List<String> texts(int count) {
    List<String> texts = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      List<String> words = new ArrayList<>();
      for (int w = random.nextInt(12); w >= 0; w--) {
        words.add(WORDS.get(random.nextInt(WORDS.size())));
      }
      texts.add(String.join(" ", words));
    }
    return texts;
  }

  /** Each kind of adapter and none, in any order, with and without a scale. */
  @ParameterizedTest
  @EnumSource(KernelSet.class)
  void predictionsAreThoseOfOneByOne(KernelSet set) throws IOException {
    if (!set.available()) {
      return;
    }
    try (Compute compute = new Compute(set, 2);
        TextEncoder base = open(compute)) {
      List<ClassifierAdapter> kinds = new ArrayList<>();
      for (String variant : VARIANTS) {
        ClassifierAdapter adapter = ClassifierAdapter.bind(base, load(variant));
        kinds.addAll(List.of(adapter, adapter.scaled(0.5f)));
      }
      kinds.add(null);
      List<String> texts = texts(200);
      List<ClassifierAdapter> adapters = new ArrayList<>();
      for (int i = 0; i < texts.size(); i++) {
        adapters.add(kinds.get((i * 7 + i / 40) % kinds.size()));
      }
      TextClassifier classifier = new TextClassifier(base);
      List<Prediction> mixed = classifier.predict(texts, adapters);
      ClassifierAdapter own = ClassifierAdapter.ofCheckpoint(base, "own");
      boolean scaleMatters = false;
      for (int i = 0; i < texts.size(); i++) {
        ClassifierAdapter adapter = adapters.get(i) == null ? own : adapters.get(i);
        Prediction alone = classifier.predict(texts.get(i), adapter);
        assertEquals(alone.label(), mixed.get(i).label());
        assertArrayEquals(
            alone.probabilities(),
            mixed.get(i).probabilities(),
            set == KernelSet.ND4J ? 1e-5f : 0f,
            i + ": " + adapter.name());
        float[] whole = classifier.predict(texts.get(i), kinds.get(0)).probabilities();
        scaleMatters |=
            adapter == kinds.get(1) && !Arrays.equals(whole, mixed.get(i).probabilities());
      }
      assertTrue(scaleMatters);
    }
  }

  @Test
  void embeddingsAreThoseOfOneByOne() throws IOException {
    try (Compute compute = new Compute(KernelSet.SCALAR, 2);
        TextEncoder base = open(compute)) {
      ActiveAdapter dora = ClassifierAdapter.bind(base, load("dora")).updates();
      ActiveAdapter biases = ClassifierAdapter.bind(base, load("bias_all")).updates();
      List<ActiveAdapter> kinds = List.of(dora, ActiveAdapter.NONE, biases, dora.scaled(2));
      List<String> texts = texts(40);
      List<ActiveAdapter> adapters = new ArrayList<>();
      for (int i = 0; i < texts.size(); i++) {
        adapters.add(kinds.get(random.nextInt(kinds.size())));
      }
      float[][] mixed = base.embed(texts, adapters);
      for (int i = 0; i < texts.size(); i++) {
        assertArrayEquals(base.embed(List.of(texts.get(i)), adapters.get(i))[0], mixed[i]);
      }
    }
  }

  @Test
  void whatCannotBeMixedIsRefused() throws IOException {
    try (Compute compute = new Compute(KernelSet.SCALAR, 1);
        TextEncoder base = open(compute);
        TextEncoder headless =
            TextEncoder.open(compute, TinyModel.write(folder.resolve("plain")).toString(), 16)) {
      ClassifierAdapter adapter = ClassifierAdapter.bind(base, load("rslora"));
      TextClassifier classifier = new TextClassifier(base);
      String message =
          assertThrows(
                  IllegalArgumentException.class,
                  () -> classifier.predict(texts(2), List.of(adapter)))
              .getMessage();
      assertTrue(message.contains("1 adapters for 2 texts"), message);
      message =
          assertThrows(
                  IllegalArgumentException.class,
                  () ->
                      new TextClassifier(headless).predict(texts(2), Arrays.asList(adapter, null)))
              .getMessage();
      assertTrue(message.contains("text 1 has no adapter"), message);
    }
  }

  /** Versions change while batches run: each text is of the version that it began with. */
  @Test
  void swapsDoNotDisturbABatch() throws Exception {
    try (Compute compute = new Compute(KernelSet.SCALAR, 2);
        TextEncoder base = open(compute)) {
      AdapterRegistry<ClassifierAdapter> registry =
          new AdapterRegistry<>(adapter -> ClassifierAdapter.bind(base, adapter));
      List<LoraAdapter> hot = new ArrayList<>();
      for (String variant : List.of("random", "dora", "bias_all", "lora_bias")) {
        hot.add(load(variant).withName("hot"));
      }
      registry.register(hot.get(0));
      registry.register(load("rslora"));
      List<String> texts = texts(9);
      List<List<Prediction>> expected = new ArrayList<>();
      TextClassifier classifier = new TextClassifier(base);
      for (LoraAdapter version : hot) {
        expected.add(classifier.predict(texts, ClassifierAdapter.bind(base, version)));
      }
      List<Prediction> steady = classifier.predict(texts, registry.get("rslora").form());

      AtomicBoolean stop = new AtomicBoolean();
      Callable<Integer> caller =
          () -> {
            int batches = 0;
            while (!stop.get() || batches < 3) {
              List<BoundAdapter<ClassifierAdapter>> rows = new ArrayList<>();
              for (int i = 0; i < texts.size(); i++) {
                rows.add(registry.get(i % 3 == 0 ? "rslora" : "hot"));
              }
              List<Prediction> mixed =
                  classifier.predict(texts, rows.stream().map(BoundAdapter::form).toList());
              for (int i = 0; i < texts.size(); i++) {
                List<Prediction> alone =
                    i % 3 == 0 ? steady : expected.get(hot.indexOf(rows.get(i).adapter()));
                assertArrayEquals(alone.get(i).probabilities(), mixed.get(i).probabilities());
              }
              batches++;
            }
            return batches;
          };
      ExecutorService threads = Executors.newFixedThreadPool(3);
      try {
        List<Future<Integer>> calls = List.of(threads.submit(caller), threads.submit(caller));
        for (int i = 1; i <= 2_000; i++) {
          registry.replace(hot.get(i % hot.size()));
        }
        stop.set(true);
        for (Future<Integer> call : calls) {
          assertTrue(call.get() >= 3);
        }
      } finally {
        stop.set(true);
        threads.shutdownNow();
      }
    }
  }
}
