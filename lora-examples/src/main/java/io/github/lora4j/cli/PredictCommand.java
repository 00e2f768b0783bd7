package io.github.lora4j.cli;

import io.github.lora4j.adapter.LoraAdapter;
import io.github.lora4j.compute.Compute;
import io.github.lora4j.lora.ActiveAdapter;
import io.github.lora4j.models.causal.CausalLm;
import io.github.lora4j.models.causal.DecoderSource;
import io.github.lora4j.models.classify.ClassifierAdapter;
import io.github.lora4j.models.data.DataRecord;
import io.github.lora4j.models.encoder.TextEncoder;
import io.github.lora4j.models.generate.SamplingConfig;
import java.io.IOException;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.function.Function;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code lora predict}: answers the texts of a file with one or more adapters over one base. */
@Command(
    name = "predict",
    mixinStandardHelpOptions = true,
    versionProvider = Version.class,
    sortOptions = false,
    description = {
      "Classifies the texts of a file, or has a language model answer them, with adapters over one",
      "base or without."
    })
final class PredictCommand implements Callable<Integer> {
  /** The field for the answers of a model by itself, or of the adapter that a record names. */
  private static final String OWN = "prediction";

  private final Console console;

  @Mixin private ModelOptions model;
  @Mixin private LengthOptions length;

  @Option(
      names = "--adapter",
      paramLabel = "[NAME=]DIR",
      converter = NamedAdapterConverter.class,
      description = {
        "An adapter (its folder, a GGUF file, or owner/name[@revision] of one on the Hub) and the",
        "field for its answers; may be repeated. Without it, the classification head of --model or",
        "the language model by itself answers in the field '" + OWN + "'."
      })
  private List<NamedAdapter> adapters = List.of();

  @Option(
      names = "--adapter-field",
      paramLabel = "NAME",
      description = {
        "The field of a record that names the adapter to answer it, one of those given. Answers go",
        "to the field '" + OWN + "'; without an adapter in that field the model answers by itself."
      })
  private String adapterField;

  @Mixin private RewriteOptions files;
  @Mixin private PromptOptions prompts;
  @Mixin private AnswerOptions answer;
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
    if (adapters.isEmpty() && model.isEmbedded()) {
      throw common.usage("--adapter is missing: a base model alone has no classification head");
    }
    Set<String> names = new HashSet<>();
    for (NamedAdapter adapter : adapters) {
      if (!names.add(adapter.name())) {
        throw common.usage("two adapters are named '" + adapter.name() + "'; use NAME=DIR");
      }
    }
    if (adapterField != null && adapters.isEmpty()) {
      throw common.usage("--adapter-field is given, but no --adapter that it could name");
    }
    files.check(common);
    SamplingConfig config = common.checked(answer.config()::build);
    List<LoraAdapter> loaded =
        adapters.stream().map(a -> a.load(console, () -> model.decoder(console))).toList();
    Optional<DecoderSource> decoder = model.decoder(console);
    if (decoder.isPresent()) {
      answer(decoder.get(), loaded, config, watch);
    } else {
      classify(loaded, watch);
    }
    return 0;
  }

  private void classify(List<LoraAdapter> loaded, Stopwatch watch) throws IOException {
    if (prompts.given() || answer.given()) {
      throw common.usage(
          "--prompt-template, --no-chat-template, --max-new-tokens and --stop are for language"
              + " models, and "
              + model.name()
              + " is none");
    }
    try (Compute compute = common.compute();
        TextEncoder base =
            model.open(console, common, compute, loaded, length.of(common, loaded))) {
      Map<String, ClassifierAdapter> classifiers = new LinkedHashMap<>();
      loaded.forEach(a -> classifiers.put(a.name(), ClassifierAdapter.bind(base, a)));
      ClassifierAdapter own =
          loaded.isEmpty() || base.head().isPresent()
              ? ClassifierAdapter.ofCheckpoint(base, OWN)
              : null;
      LabelFields fields = new LabelFields(base, choices(classifiers, own), files.textColumn());
      Stopwatch predicting = new Stopwatch();
      long texts = files.rewrite(console, "predict", fields);
      fields.warnOfCuts(texts);
      PredictSummary summary = summary(texts, predicting, watch);
      Map<String, Object> json = summary.json();
      json.put("base", base.name());
      json.put("kernels", base.compute().set().name().toLowerCase(Locale.ROOT));
      List<String> lines = summary.lines("Classified", "the model's own head");
      console.result(common.json(), json, lines);
    }
  }

  private void answer(
      DecoderSource source, List<LoraAdapter> loaded, SamplingConfig config, Stopwatch watch)
      throws IOException {
    if (length.given().isPresent()) {
      throw common.usage("--max-length is for classification: prompts are not cut");
    }
    try (Compute compute = common.compute();
        CausalLm base =
            CausalLm.open(compute, source, model.manyAnswersFormat(common, source, loaded))) {
      Map<String, Answerer> answerers = new LinkedHashMap<>();
      loaded.forEach(a -> answerers.put(a.name(), answerer(base, a)));
      AnswerFields fields =
          new AnswerFields(base, choices(answerers, answerer(base, null)), config);
      Stopwatch predicting = new Stopwatch();
      long texts = files.rewrite(console, "predict", fields);
      PredictSummary summary = summary(texts, predicting, watch);
      Map<String, Object> json = summary.json();
      json.put("generated_tokens", fields.tokens());
      json.put("base", base.base().name());
      json.put("weights", base.base().weights());
      json.put("kernels", compute.set().name().toLowerCase(Locale.ROOT));
      List<String> lines = summary.lines("Answered", "the model by itself");
      console.result(common.json(), json, lines);
    }
  }

  /**
   * What answers a record in each field that is added.
   *
   * @param own the model by itself, or null if it cannot answer
   */
  private <T> Map<String, Function<DataRecord, T>> choices(Map<String, T> adapters, T own) {
    if (adapterField != null) {
      return Map.of(OWN, new AdapterField<>(adapterField, adapters, own));
    }
    if (adapters.isEmpty()) {
      return Map.of(OWN, record -> own);
    }
    Map<String, Function<DataRecord, T>> choices = new LinkedHashMap<>();
    adapters.forEach((name, adapter) -> choices.put(name, record -> adapter));
    return choices;
  }

  private PredictSummary summary(long texts, Stopwatch predicting, Stopwatch watch) {
    List<String> names = adapters.stream().map(NamedAdapter::name).toList();
    return new PredictSummary(texts, files.output(), names, predicting.seconds(), watch.seconds());
  }

  /**
   * @param adapter null for the model by itself
   */
  private Answerer answerer(CausalLm base, LoraAdapter adapter) {
    return new Answerer(
        adapter == null ? ActiveAdapter.NONE : base.bind(adapter),
        prompts.questions(common, files.textColumn(), adapter),
        prompts.format(base.texts(), adapter));
  }
}
