package io.github.lora4j.cli;

import io.github.lora4j.adapter.LoraAdapter;
import io.github.lora4j.adapter.PeftAdapterFiles;
import io.github.lora4j.compute.Compute;
import io.github.lora4j.models.classify.ClassificationReport;
import io.github.lora4j.models.classify.ClassifierAdapter;
import io.github.lora4j.models.classify.TextClassifier;
import io.github.lora4j.models.data.LabeledText;
import io.github.lora4j.models.data.TextClassificationData;
import io.github.lora4j.models.encoder.TextEncoder;
import java.nio.file.Path;
import java.util.List;
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
    description = "Compares an adapter's answers with labelled texts.")
final class EvalCommand implements Callable<Integer> {
  private final Console console;

  @Mixin private ModelOptions model;

  @Option(names = "--adapter", paramLabel = "DIR", description = "The adapter to evaluate.")
  private Path adapter;

  @Option(
      names = "--data",
      paramLabel = "FILE",
      required = true,
      description = "Labelled texts: JSONL, CSV or TSV.")
  private Path data;

  @Mixin private ColumnOptions columns;
  @Mixin private CommonOptions common;

  EvalCommand(Console console) {
    this.console = console;
  }

  @Override
  public Integer call() {
    Stopwatch watch = new Stopwatch();
    common.check();
    model.check(common);
    if (adapter == null) {
      throw common.usage("--adapter is missing: a base model alone has no classification head");
    }
    LoraAdapter loaded =
        PeftAdapterFiles.load(adapter.toAbsolutePath().getFileName().toString(), adapter);
    TextClassificationData rows = columns.read(data);
    try (Compute compute = common.compute();
        TextEncoder base = model.open(console, common, compute, List.of(loaded))) {
      ClassifierAdapter bound = ClassifierAdapter.bind(base, loaded);
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
    return 0;
  }
}
