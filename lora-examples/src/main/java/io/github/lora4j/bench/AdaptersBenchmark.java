package io.github.lora4j.bench;

import io.github.lora4j.adapter.AdapterRegistry;
import io.github.lora4j.adapter.InferenceAdapter;
import io.github.lora4j.adapter.LoraAdapter;
import io.github.lora4j.compute.Compute;
import io.github.lora4j.demo.DemoReviews;
import io.github.lora4j.demo.DemoReviews.Review;
import io.github.lora4j.lora.ActiveAdapter;
import io.github.lora4j.lora.LoraConfig;
import io.github.lora4j.models.causal.DecoderBase;
import io.github.lora4j.models.causal.DecoderSource;
import io.github.lora4j.models.classify.ClassificationTask;
import io.github.lora4j.models.classify.ClassifierAdapter;
import io.github.lora4j.models.classify.TextClassifier;
import io.github.lora4j.models.data.LabeledText;
import io.github.lora4j.models.encoder.TextEncoder;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What adapters cost when MiniLM serves: choosing one, several in a batch, many on disk; or, if a
 * model is given, when that language model generates.
 */
final class AdaptersBenchmark implements Benchmark {
  private static final int TEXTS = 32;
  private static final int MIXED = 8;
  private static final int GETS = 100_000;

  @Override
  public String name() {
    return "adapters";
  }

  @Override
  public Map<String, Object> run(BenchOptions options) {
    Map<String, Object> result = new LinkedHashMap<>();
    result.put("benchmark", name());
    result.put("java", Runtime.version().feature());
    result.put("threads", options.threads());
    if (options.model() == null) {
      ofMiniLm(options, result);
    } else {
      ofDecoder(options, result);
    }
    return result;
  }

  private static void ofDecoder(BenchOptions options, Map<String, Object> result) {
    try (Compute compute = Compute.withThreads(options.threads())) {
      DecoderBase base = DecoderSource.of(options.model()).open(compute, options.format());
      new AdaptersOfDecoders(compute, base, options.log()).run(result);
    }
  }

  private static void ofMiniLm(BenchOptions options, Map<String, Object> result) {
    try (Compute compute = Compute.withThreads(options.threads());
        TextEncoder base = TextEncoder.open(compute, "minilm", 128)) {
      List<Review> reviews = DemoReviews.load().test().subList(0, TEXTS);
      LoraAdapter adapter = adapter(base, reviews);
      List<String> texts = reviews.stream().map(Review::text).toList();
      result.put("microseconds_to_choose", choosing(base, adapter) * 1e6);
      mixed(base, adapter, texts, result);
      unmerged(base, adapter, texts, result);
      result.putAll(new ZipfLoad(base, adapter, texts, options.log()).run());
    }
  }

  /** Rank 8 on query and value; B is zero, which costs as much as other numbers. */
  private static LoraAdapter adapter(TextEncoder base, List<Review> reviews) {
    LoraConfig config =
        LoraConfig.builder().r(8).loraAlpha(16).targetModules("query", "value").build();
    List<LabeledText> rows = DemoReviews.labelled(reviews, Review::sentiment);
    List<String> labels = List.of("negative", "positive");
    return new ClassificationTask(base, config, labels, rows, List.of(), 0).adapter("adapter");
  }

  private static double choosing(TextEncoder base, LoraAdapter adapter) {
    AdapterRegistry<ClassifierAdapter> registry =
        new AdapterRegistry<>(a -> ClassifierAdapter.bind(base, a));
    registry.register(adapter);
    Runnable gets =
        () -> {
          for (int i = 0; i < GETS; i++) {
            registry.get("adapter");
          }
        };
    return BestOf.seconds(gets) / GETS;
  }

  private static void mixed(
      TextEncoder base, LoraAdapter adapter, List<String> texts, Map<String, Object> result) {
    List<ClassifierAdapter> forms = new ArrayList<>();
    for (int i = 0; i < texts.size(); i++) {
      forms.add(i < MIXED ? ClassifierAdapter.bind(base, adapter) : forms.get(i % MIXED));
    }
    TextClassifier classifier = new TextClassifier(base);
    double one = BestOf.seconds(() -> classifier.predict(texts, forms.get(0)));
    double several = BestOf.seconds(() -> classifier.predict(texts, forms));
    result.put("texts_per_second_one_adapter", texts.size() / one);
    result.put("texts_per_second_eight_adapters", texts.size() / several);
    result.put("eight_adapters_to_one", one / several);
  }

  /** Merged weights cost what those of the base do. */
  private static void unmerged(
      TextEncoder base, LoraAdapter adapter, List<String> texts, Map<String, Object> result) {
    List<ActiveAdapter> none = Collections.nCopies(texts.size(), ActiveAdapter.NONE);
    List<ActiveAdapter> lora = Collections.nCopies(texts.size(), new InferenceAdapter(adapter));
    double merged = BestOf.seconds(() -> base.embed(texts, none));
    double unmerged = BestOf.seconds(() -> base.embed(texts, lora));
    result.put("unmerged_to_merged_time", unmerged / merged);
  }
}
