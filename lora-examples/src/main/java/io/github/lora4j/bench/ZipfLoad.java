package io.github.lora4j.bench;

import io.github.lora4j.adapter.AdapterRegistry;
import io.github.lora4j.adapter.AdapterStatus;
import io.github.lora4j.adapter.LoraAdapter;
import io.github.lora4j.adapter.PeftAdapterFiles;
import io.github.lora4j.models.classify.ClassifierAdapter;
import io.github.lora4j.models.classify.TextClassifier;
import io.github.lora4j.models.encoder.TextEncoder;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.Consumer;
import java.util.stream.Stream;

/**
 * A thousand adapters on disk, room in memory for a hundred, and calls of which the i-th most
 * wanted adapter gets a share of 1/i, against the same calls with one adapter.
 */
record ZipfLoad(TextEncoder base, LoraAdapter adapter, List<String> texts, Consumer<String> log) {
  private static final int ADAPTERS = 1_000;
  private static final int ROOM = 100;
  private static final int CALLS = 400;
  private static final int BATCH = 8;

  Map<String, Object> run() {
    try {
      Path folder = Files.createTempDirectory("lora-adapters");
      try {
        return run(folder);
      } finally {
        delete(folder);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private Map<String, Object> run(Path folder) {
    AdapterRegistry<ClassifierAdapter> registry =
        new AdapterRegistry<>(a -> ClassifierAdapter.bind(base, a), ROOM * sizeOfOne());
    for (int i = 0; i < ADAPTERS; i++) {
      Path place = folder.resolve(name(i));
      PeftAdapterFiles.save(adapter, place, base.classifierPrefix());
      registry.load(name(i), place);
    }
    log.accept(ADAPTERS + " adapters are on disk");
    int[] wanted = draws();
    int[] first = new int[CALLS];
    seconds(registry, wanted);
    double one = seconds(registry, first);
    double many = seconds(registry, wanted);
    one = Math.min(one, seconds(registry, first));
    many = Math.min(many, seconds(registry, wanted));
    long loads = registry.list().stream().mapToLong(AdapterStatus::loads).sum() - ADAPTERS;
    Map<String, Object> result = new LinkedHashMap<>();
    result.put("zipf_reads_per_call", loads / (double) (5 * CALLS));
    result.put("zipf_calls_per_second_one_adapter", CALLS / one);
    result.put("zipf_calls_per_second", CALLS / many);
    result.put("zipf_to_one", one / many);
    return result;
  }

  private long sizeOfOne() {
    AdapterRegistry<ClassifierAdapter> alone =
        new AdapterRegistry<>(a -> ClassifierAdapter.bind(base, a));
    alone.register(adapter);
    return alone.list().get(0).bytes();
  }

  private double seconds(AdapterRegistry<ClassifierAdapter> registry, int[] wanted) {
    TextClassifier classifier = new TextClassifier(base);
    List<String> batch = texts.subList(0, BATCH);
    long start = System.nanoTime();
    for (int i : wanted) {
      classifier.predict(batch, registry.get(name(i)).form());
    }
    return (System.nanoTime() - start) / 1e9;
  }

  private static int[] draws() {
    double[] upTo = new double[ADAPTERS];
    double sum = 0;
    for (int i = 0; i < ADAPTERS; i++) {
      sum += 1.0 / (i + 1);
      upTo[i] = sum;
    }
    double all = sum;
    Random random = new Random(0);
    return random
        .doubles(CALLS)
        .mapToInt(
            u -> {
              int at = Arrays.binarySearch(upTo, u * all);
              return Math.min(ADAPTERS - 1, at < 0 ? -at - 1 : at);
            })
        .toArray();
  }

  private static String name(int adapter) {
    return "adapter-" + adapter;
  }

  private static void delete(Path folder) throws IOException {
    List<Path> files;
    try (Stream<Path> walk = Files.walk(folder)) {
      files = walk.sorted((a, b) -> b.compareTo(a)).toList();
    }
    for (Path file : files) {
      Files.delete(file);
    }
  }
}
