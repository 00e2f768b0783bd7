package io.github.lora4j.examples;

import io.github.lora4j.adapter.AdapterRegistry;
import io.github.lora4j.adapter.LoraAdapter;
import io.github.lora4j.compute.Compute;
import io.github.lora4j.lora.LoraConfig;
import io.github.lora4j.models.classify.ClassificationTask;
import io.github.lora4j.models.classify.ClassifierAdapter;
import io.github.lora4j.models.classify.TextClassifier;
import io.github.lora4j.models.data.LabeledText;
import io.github.lora4j.models.encoder.TextEncoder;
import io.github.lora4j.models.minilm.MiniLm;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/** Two threads answer requests over one base model while the adapters are replaced. */
public final class SwapAdapters {
  private static final String TEXT = "The soup was cold, but what a friendly waiter.";

  private SwapAdapters() {}

  /** Runs a hundred requests in each thread. */
  public static void main(String[] args) throws Exception {
    System.out.println(run(100) + " requests were answered, each by one version of its adapter");
  }

  /** Lets two threads send requests while this one replaces the adapters. */
  static int run(int requests) throws Exception {
    try (Compute compute = Compute.create();
        TextEncoder base = TextEncoder.open(compute, MiniLm.NAME, 64)) {
      // The registry holds each adapter in the form that the model runs.
      AdapterRegistry<ClassifierAdapter> registry =
          new AdapterRegistry<>(adapter -> ClassifierAdapter.bind(base, adapter));
      registry.register(adapter(base, "mood", List.of("bad", "good"), 1));
      registry.register(adapter(base, "topic", List.of("food", "people", "place"), 2));

      TextClassifier classifier = new TextClassifier(base);
      ExecutorService threads = Executors.newFixedThreadPool(2);
      Future<Integer> moods = threads.submit(client(classifier, registry, "mood", 2, requests));
      Future<Integer> topics = threads.submit(client(classifier, registry, "topic", 3, requests));
      for (int version = 3; !moods.isDone() || !topics.isDone(); version++) {
        // A request that is running ends with the version that it began with.
        registry.replace(adapter(base, "mood", List.of("bad", "good"), version));
        registry.replace(adapter(base, "topic", List.of("food", "people", "place"), version));
      }
      threads.shutdown();
      return moods.get() + topics.get();
    }
  }

  /** Sends requests: the adapter is an argument of the call, so no thread disturbs another. */
  private static Callable<Integer> client(
      TextClassifier classifier,
      AdapterRegistry<ClassifierAdapter> registry,
      String adapter,
      int classes,
      int requests) {
    return () -> {
      int answered = 0;
      for (int i = 0; i < requests; i++) {
        var prediction = classifier.predict(TEXT, registry.get(adapter).form());
        answered += prediction.probabilities().length == classes ? 1 : 0;
      }
      return answered;
    };
  }

  /** An adapter; a real one would come out of a training, or from {@code registry.load}. */
  private static LoraAdapter adapter(TextEncoder base, String name, List<String> labels, int seed) {
    LoraConfig lora = LoraConfig.builder().targetModules("query", "value").build();
    List<LabeledText> texts = List.of(new LabeledText(TEXT, labels.get(0), 1));
    return new ClassificationTask(base, lora, labels, texts, List.of(), seed).adapter(name);
  }
}
