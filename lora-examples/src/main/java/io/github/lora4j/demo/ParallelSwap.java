package io.github.lora4j.demo;

import io.github.lora4j.adapter.AdapterRegistry;
import io.github.lora4j.models.classify.ClassifierAdapter;
import io.github.lora4j.models.classify.Prediction;
import io.github.lora4j.models.classify.TextClassifier;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/** One thread for each adapter of a registry, all at the same time over one base model. */
public final class ParallelSwap {
  private ParallelSwap() {}

  /**
   * Lets every adapter classify the texts {@code rounds} times, each in a thread of its own, and
   * compares the answers with those it gives when it is alone.
   *
   * @return how many answers differed, 0 if threads do not disturb each other
   */
  public static int differences(
      TextClassifier classifier,
      AdapterRegistry<ClassifierAdapter> registry,
      List<String> texts,
      int rounds) {
    ExecutorService threads = Executors.newFixedThreadPool(registry.names().size());
    try {
      List<Future<Integer>> counts = new ArrayList<>();
      for (String name : registry.names()) {
        ClassifierAdapter adapter = registry.get(name).form();
        List<String> alone = labels(classifier.predict(texts, adapter));
        counts.add(threads.submit(() -> differences(classifier, adapter, texts, alone, rounds)));
      }
      int different = 0;
      for (Future<Integer> count : counts) {
        different += count.get();
      }
      return different;
    } catch (ExecutionException e) {
      throw new IllegalStateException("a thread failed: " + e.getCause(), e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted", e);
    } finally {
      threads.shutdownNow();
    }
  }

  private static int differences(
      TextClassifier classifier,
      ClassifierAdapter adapter,
      List<String> texts,
      List<String> expected,
      int rounds) {
    int different = 0;
    for (int round = 0; round < rounds; round++) {
      List<String> labels = labels(classifier.predict(texts, adapter));
      for (int i = 0; i < labels.size(); i++) {
        different += labels.get(i).equals(expected.get(i)) ? 0 : 1;
      }
    }
    return different;
  }

  private static List<String> labels(List<Prediction> predictions) {
    return predictions.stream().map(Prediction::label).toList();
  }
}
