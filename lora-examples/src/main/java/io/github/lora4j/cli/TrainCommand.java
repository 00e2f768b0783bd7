package io.github.lora4j.cli;

import io.github.lora4j.adapter.LoraAdapter;
import io.github.lora4j.adapter.PeftAdapterFiles;
import io.github.lora4j.compute.Compute;
import io.github.lora4j.lora.LoraConfig;
import io.github.lora4j.models.classify.ClassificationMemory;
import io.github.lora4j.models.classify.ClassificationTask;
import io.github.lora4j.models.classify.ClassificationTexts;
import io.github.lora4j.models.classify.TrainingShape;
import io.github.lora4j.models.data.LabeledText;
import io.github.lora4j.models.data.TextClassificationData;
import io.github.lora4j.models.encoder.EncoderSource;
import io.github.lora4j.models.encoder.TextEncoder;
import io.github.lora4j.models.tokenizer.Tokenizer;
import io.github.lora4j.models.weights.WeightFormat;
import io.github.lora4j.optim.OptimizerFactory;
import io.github.lora4j.train.Trainer;
import io.github.lora4j.train.TrainingConfig;
import io.github.lora4j.train.TrainingListener;
import io.github.lora4j.train.TrainingResult;
import java.awt.AWTError;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code lora train}: fine-tunes a base model on labelled texts and saves the adapter. */
@Command(
    name = "train",
    mixinStandardHelpOptions = true,
    versionProvider = Version.class,
    sortOptions = false,
    description = "Fine-tunes a base model on labelled texts; writes a LoRA adapter.")
final class TrainCommand implements Callable<Integer> {
  private final Console console;

  @Mixin private ModelOptions model;

  @Option(
      names = "--task",
      paramLabel = "TASK",
      defaultValue = TaskCheck.CLASSIFY,
      description = "What to train for: classify (the default).")
  private String task;

  @Option(
      names = "--data",
      paramLabel = "FILE",
      required = true,
      description = "Training texts: JSONL, CSV or TSV with a text and a label.")
  private Path data;

  @Option(
      names = "--eval",
      paramLabel = "FILE",
      description = "Held-out texts; the epoch that does best on them is kept.")
  private Path eval;

  @Mixin private ColumnOptions columns;

  @Option(
      names = "--out",
      paramLabel = "DIR",
      required = true,
      description = "Where the adapter, the training state, metrics and a chart go.")
  private Path out;

  @Option(names = "--resume", description = "Continue the training that is in --out.")
  private boolean resume;

  @Option(
      names = "--checkpoint-activations",
      description = {
        "Keep only the results of layers and compute the rest again for the gradients:",
        "less memory, more time, the same adapter."
      })
  private boolean checkpointActivations;

  @Mixin private LoraOptions lora;

  @Mixin private TrainingOptions training;
  @Mixin private MemoryOptions memory;
  @Mixin private CommonOptions common;

  TrainCommand(Console console) {
    this.console = console;
  }

  @Override
  public Integer call() {
    Stopwatch watch = new Stopwatch();
    common.check();
    TaskCheck.requireKnown(common, task);
    model.check(common);
    LoraConfig options = lora.config(common);
    model.weightFormat(common, options);
    TrainingConfig config = training.config(common);
    OptimizerFactory optimizers = training.optimizers(common, out);
    OutputDirectory.requireUsable(out);
    TextClassificationData train = columns.read(data);
    List<String> labels = train.trainingLabels();
    List<LabeledText> heldOut = readEval(labels);
    if (resume && !Files.exists(out.resolve(Trainer.STATE_FILE))) {
      console.info("no training state in " + out + " to resume, starting from the beginning");
    }
    EncoderSource source = model.source(console, common, List.of());
    LoraConfig loraConfig = lora.over(options, source.config().names());
    WeightFormat format = model.weightFormat(common, loraConfig);
    Tokenizer tokenizer = source.openTokenizer();
    TrainingMemory needed;
    try {
      needed = needed(source, tokenizer, format, loraConfig, config, labels, train, heldOut);
    } catch (RuntimeException e) {
      tokenizer.close();
      throw e;
    }
    try (Compute compute = common.compute();
        TextEncoder base = source.open(compute, format, tokenizer)) {
      needed.reserve(compute.buffers());
      ClassificationTask classify =
          new ClassificationTask(base, loraConfig, labels, train.rows(), heldOut, config.seed());
      classify.checkpointActivations(checkpointActivations);
      TrainingResult result = train(classify, config, optimizers, needed);
      LoraAdapter adapter = classify.adapter(out.toAbsolutePath().getFileName().toString());
      PeftAdapterFiles.save(adapter, out, base.classifierPrefix());
      drawChart();
      TrainSummary summary =
          new TrainSummary(
              result, classify, base, labels, training.optimizer(), needed, out, watch.seconds());
      console.result(common.json(), summary.json(), summary.lines());
    }
    return 0;
  }

  /** Estimates the memory, and ends here if it is more than there may be. */
  private TrainingMemory needed(
      EncoderSource source,
      Tokenizer tokenizer,
      WeightFormat format,
      LoraConfig loraConfig,
      TrainingConfig config,
      List<String> labels,
      TextClassificationData train,
      List<LabeledText> heldOut) {
    ClassificationTexts texts =
        ClassificationTexts.of(tokenizer, train.rows(), heldOut, config.epochs(), config.seed());
    TrainingShape shape =
        new TrainingShape(
            format,
            config.batchSize(),
            checkpointActivations,
            tokenizer.maxLength(),
            training.optimizerBytes());
    TrainingMemory needed =
        TrainingMemory.check(
            ClassificationMemory.of(source, loraConfig, labels, texts, common.threads()),
            shape,
            config.accumulationSteps(),
            memory.budget());
    console.info(needed.line());
    return needed;
  }

  private List<LabeledText> readEval(List<String> labels) {
    if (eval == null) {
      console.info("no --eval: nothing is evaluated, the last epoch is kept");
      return List.of();
    }
    TextClassificationData heldOut = columns.read(eval);
    heldOut.requireLabels(labels);
    return heldOut.rows();
  }

  private TrainingResult train(
      ClassificationTask classify,
      TrainingConfig config,
      OptimizerFactory optimizers,
      TrainingMemory needed) {
    try (TrainingProgress progress = TrainingProgress.on(console, "train", config.epochs())) {
      TrainingListener listener = needed.kept(progress);
      return new Trainer(classify, config, listener, needed.counted(optimizers)).run(out, resume);
    }
  }

  /** A missing chart is no reason to fail: some JVMs come without fonts or without AWT. */
  private void drawChart() {
    try {
      TrainingChart.write(out);
    } catch (IOException | RuntimeException | LinkageError | AWTError e) {
      console.info("no chart was drawn: " + Failures.describe(e));
    }
  }
}
