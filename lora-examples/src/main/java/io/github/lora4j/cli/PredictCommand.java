package io.github.lora4j.cli;

import io.github.lora4j.adapter.LoraAdapter;
import io.github.lora4j.compute.Compute;
import io.github.lora4j.models.classify.ClassifierAdapter;
import io.github.lora4j.models.encoder.TextEncoder;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code lora predict}: classifies the texts of a file with one or more adapters over one base. */
@Command(
    name = "predict",
    mixinStandardHelpOptions = true,
    versionProvider = Version.class,
    sortOptions = false,
    description = "Classifies the texts of a file with adapters over one base, or its own head.")
final class PredictCommand implements Callable<Integer> {
  /** The field for the answers of a checkpoint's own head. */
  private static final String OWN_HEAD = "prediction";

  private final Console console;

  @Mixin private ModelOptions model;
  @Mixin private LengthOptions length;

  @Option(
      names = "--adapter",
      paramLabel = "[NAME=]DIR",
      converter = NamedAdapterConverter.class,
      description = {
        "An adapter and the field for its answers; may be repeated. Without it, the",
        "classification head of --model answers in the field '" + OWN_HEAD + "'."
      })
  private List<NamedAdapter> adapters = List.of();

  @Mixin private RewriteOptions files;
  @Mixin private CommonOptions common;

  PredictCommand(Console console) {
    this.console = console;
  }

  @Override
  public Integer call() throws IOException {
    Stopwatch watch = new Stopwatch();
    common.check();
    model.check(common);
    length.check(common, model);
    model.requireNoGguf(common);
    if (adapters.isEmpty() && model.isEmbedded()) {
      throw common.usage("--adapter is missing: a base model alone has no classification head");
    }
    Set<String> names = new HashSet<>();
    for (NamedAdapter adapter : adapters) {
      if (!names.add(adapter.name())) {
        throw common.usage("two adapters are named '" + adapter.name() + "'; use NAME=DIR");
      }
    }
    files.check(common);
    List<LoraAdapter> loaded = new ArrayList<>();
    for (NamedAdapter adapter : adapters) {
      loaded.add(adapter.load());
    }
    try (Compute compute = common.compute();
        TextEncoder base =
            model.open(console, common, compute, loaded, length.of(common, loaded))) {
      Map<String, ClassifierAdapter> classifiers = new LinkedHashMap<>();
      loaded.forEach(a -> classifiers.put(a.name(), ClassifierAdapter.bind(base, a)));
      if (loaded.isEmpty()) {
        classifiers.put(OWN_HEAD, ClassifierAdapter.ofCheckpoint(base, OWN_HEAD));
      }
      LabelFields fields = new LabelFields(base, classifiers, files.textColumn());
      Stopwatch predicting = new Stopwatch();
      long texts = files.rewrite(console, "predict", fields);
      fields.warnOfCuts(texts);
      report(base, texts, predicting.seconds(), watch.seconds());
    }
    return 0;
  }

  private void report(TextEncoder base, long texts, double predicting, double seconds) {
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("texts", texts);
    json.put("output", files.output().toString());
    json.put("adapters", adapters.stream().map(NamedAdapter::name).toList());
    json.put("samples_per_second", predicting > 0 ? texts / predicting : 0);
    json.put("peak_rss_mb", PeakMemory.megabytes());
    json.put("seconds", seconds);
    json.put("base", base.name());
    json.put("kernels", base.compute().set().name().toLowerCase(Locale.ROOT));
    String line =
        String.format(
            Locale.ROOT,
            "Classified %,d texts with %s in %.1f s: %s",
            texts,
            adapters.isEmpty() ? "the model's own head" : adapters.size() + " adapters",
            seconds,
            files.output());
    console.result(common.json(), json, List.of(line));
  }
}
