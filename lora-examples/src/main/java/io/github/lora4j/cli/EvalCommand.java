package io.github.lora4j.cli;

import io.github.lora4j.adapter.LoraAdapter;
import io.github.lora4j.compute.Compute;
import io.github.lora4j.lora.ActiveAdapter;
import io.github.lora4j.models.causal.AnswerEvaluator;
import io.github.lora4j.models.causal.AnswerReport;
import io.github.lora4j.models.causal.CausalLm;
import io.github.lora4j.models.causal.Conversation;
import io.github.lora4j.models.causal.DecoderSource;
import io.github.lora4j.models.causal.PromptFormat;
import io.github.lora4j.models.classify.ClassificationReport;
import io.github.lora4j.models.classify.ClassifierAdapter;
import io.github.lora4j.models.classify.TextClassifier;
import io.github.lora4j.models.data.LabeledText;
import io.github.lora4j.models.data.TextClassificationData;
import io.github.lora4j.models.encoder.TextEncoder;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code lora eval}: how good an adapter is on labelled texts. */
@Command(
    name = "eval",
    mixinStandardHelpOptions = true,
    versionProvider = Version.class,
    sortOptions = false,
    description =
        "Compares the answers of an adapter, or of a model by itself, with those of the data.")
final class EvalCommand implements Callable<Integer> {
  private final Console console;

  @Mixin private ModelOptions model;
  @Mixin private LengthOptions length;

  @Option(
      names = "--adapter",
      paramLabel = "DIR",
      description = {
        "The adapter to evaluate: its folder, a GGUF file, or owner/name of one on the Hub; without",
        "it, the classification head that the checkpoint of --model brings."
      })
  private String adapter;

  @Option(
      names = "--data",
      paramLabel = "FILE",
      required = true,
      description = "Labelled texts: JSONL, CSV or TSV.")
  private Path data;

  @Mixin private ColumnOptions columns;
  @Mixin private PromptOptions prompts;

  @Option(
      names = "--max-new-tokens",
      paramLabel = "N",
      defaultValue = "32",
      description = {
        "The most tokens of an answer that a language model generates; 0 for its loss alone",
        "(${DEFAULT-VALUE})."
      })
  private int maxNewTokens;

  @Mixin private CommonOptions common;

  EvalCommand(Console console) {
    this.console = console;
  }

  @Override
  public Integer call() {
    Stopwatch watch = new Stopwatch();
    common.check();
    model.check(common);
    length.check(common, model);
    if (adapter == null && model.isEmbedded()) {
      throw common.usage("--adapter is missing: a base model alone has no classification head");
    }
    List<LoraAdapter> loaded =
        adapter == null
            ? List.of()
            : List.of(NamedAdapter.of(adapter).load(console, () -> model.decoder(console)));
    Optional<DecoderSource> decoder = model.decoder(console);
    if (decoder.isPresent()) {
      evaluateAnswers(decoder.get(), loaded.isEmpty() ? null : loaded.get(0), watch);
    } else {
      classify(loaded, watch);
    }
    return 0;
  }

  private void evaluateAnswers(DecoderSource source, LoraAdapter adapter, Stopwatch watch) {
    if (maxNewTokens < 0) {
      throw common.usage("--max-new-tokens is " + maxNewTokens + ", must be at least 0");
    }
    List<Conversation> rows = prompts.read(common, columns, adapter, data);
    List<LoraAdapter> adapters = adapter == null ? List.of() : List.of(adapter);
    try (Compute compute = common.compute();
        CausalLm base =
            CausalLm.open(compute, source, model.manyAnswersFormat(common, source, adapters))) {
      ActiveAdapter active = adapter == null ? ActiveAdapter.NONE : base.bind(adapter);
      PromptFormat format = prompts.format(base.texts(), adapter);
      AnswerReport report = new AnswerEvaluator(base, format).evaluate(rows, active, maxNewTokens);
      AnswerSummary summary =
          new AnswerSummary(report, rows.size(), base.base(), this.adapter, watch.seconds());
      console.result(common.json(), summary.json(), summary.lines());
    }
  }

  private void classify(List<LoraAdapter> loaded, Stopwatch watch) {
    TextClassificationData rows = columns.read(data);
    try (Compute compute = common.compute();
        TextEncoder base =
            model.open(console, common, compute, loaded, length.of(common, loaded))) {
      ClassifierAdapter bound =
          loaded.isEmpty()
              ? ClassifierAdapter.ofCheckpoint(base, base.name())
              : ClassifierAdapter.bind(base, loaded.get(0));
      rows.requireLabels(bound.labels());
      ClassificationReport report =
          new TextClassifier(base)
              .report(
                  rows.rows().stream().map(LabeledText::text).toList(),
                  rows.rows().stream().map(LabeledText::label).toList(),
                  bound);
      EvalSummary summary = new EvalSummary(report, base, adapter, watch.seconds());
      console.result(common.json(), summary.json(), summary.lines());
    }
  }
}
