package io.github.lora4j.cli;

import java.nio.file.Path;
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
  @Mixin private LengthOptions length;

  @Option(
      names = "--task",
      paramLabel = "TASK",
      defaultValue = TaskCheck.CLASSIFY,
      description = {
        "What to train for: classify (the default), or causal-lm: a language model learns answers."
      })
  private String task;

  @Option(
      names = "--data",
      paramLabel = "FILE",
      required = true,
      description = {
        "Training texts: JSONL, CSV or TSV with a text and a label; for causal-lm also with a",
        "prompt and a completion, or messages."
      })
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

  @Mixin private PromptOptions prompts;
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
    TrainRequest request =
        new TrainRequest(
            model,
            length,
            data,
            eval,
            columns,
            prompts,
            out,
            resume,
            checkpointActivations,
            lora,
            training,
            memory,
            common,
            watch);
    if (task.equals(TaskCheck.CAUSAL_LM)) {
      new CausalTraining(console, request).run();
    } else {
      new ClassifyTraining(console, request).run();
    }
    return 0;
  }
}
