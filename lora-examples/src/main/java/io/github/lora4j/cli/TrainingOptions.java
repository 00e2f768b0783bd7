package io.github.lora4j.cli;

import io.github.lora4j.optim.OptimizerFactory;
import io.github.lora4j.optim.Schedule;
import io.github.lora4j.train.TrainingConfig;
import java.nio.file.Path;
import java.util.List;
import java.util.function.ToLongFunction;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** How the adapter is trained. */
final class TrainingOptions {
  private static final int BATCH = 32;
  private static final int CAUSAL_BATCH = 8;
  private static final double RATE = 1e-3;
  private static final double CAUSAL_RATE = 5e-4;

  @Option(
      names = "--epochs",
      paramLabel = "N",
      defaultValue = "3",
      description = "Passes over the data (${DEFAULT-VALUE}).")
  private int epochs;

  @Option(
      names = "--batch-size",
      paramLabel = "N",
      description = "Texts that go forward together (32; 8 for causal-lm).")
  private Integer batchSize;

  @Option(
      names = "--accumulation-steps",
      paramLabel = "N",
      defaultValue = "1",
      description = "Batches that make up one step (${DEFAULT-VALUE}).")
  private int accumulationSteps;

  @Option(
      names = "--learning-rate",
      paramLabel = "X",
      description = "Highest learning rate (1e-3; 5e-4 for causal-lm).")
  private Double learningRate;

  @Mixin private OptimizerOptions optimizer;

  @Option(
      names = "--schedule",
      paramLabel = "NAME",
      defaultValue = "constant",
      description = "constant, linear or cosine (${DEFAULT-VALUE}).")
  private String schedule;

  @Option(
      names = "--warmup-ratio",
      paramLabel = "P",
      defaultValue = "0",
      description = "Share of the steps in which the learning rate rises (${DEFAULT-VALUE}).")
  private double warmupRatio;

  @Option(
      names = "--loraplus-lr-ratio",
      paramLabel = "X",
      defaultValue = "1",
      description = "LoRA+: how many times faster B learns than A (${DEFAULT-VALUE}).")
  private double loraPlusRatio;

  @Option(
      names = "--weight-decay",
      paramLabel = "X",
      defaultValue = "0.01",
      description = "Weight decay of AdamW (${DEFAULT-VALUE}).")
  private double weightDecay;

  @Option(
      names = "--max-grad-norm",
      paramLabel = "X",
      defaultValue = "1",
      description = "Gradients are clipped to this norm, 0 for never (${DEFAULT-VALUE}).")
  private double maxGradNorm;

  @Option(
      names = "--seed",
      paramLabel = "N",
      defaultValue = "0",
      description = "Of initial values, order and dropout (${DEFAULT-VALUE}).")
  private long seed;

  @Option(
      names = "--patience",
      paramLabel = "N",
      defaultValue = "0",
      description =
          "Stop after so many epochs without improvement, 0 for never (${DEFAULT-VALUE}).")
  private int patience;

  @Option(
      names = "--checkpoint-steps",
      paramLabel = "N",
      defaultValue = "0",
      description = "Save the training state after so many steps too (${DEFAULT-VALUE}).")
  private int checkpointSteps;

  /** The name of the optimizer. */
  String optimizer() {
    return optimizer.name();
  }

  /**
   * What makes the optimizer.
   *
   * @param out the folder of the training
   */
  OptimizerFactory optimizers(CommonOptions common, Path out) {
    return optimizer.factory(common, out);
  }

  /** Bytes of state that the optimizer holds in memory, from the sizes of the parameters. */
  ToLongFunction<List<Integer>> optimizerBytes() {
    return optimizer.stateBytes();
  }

  /** The configuration for a task. */
  TrainingConfig config(CommonOptions common, String task) {
    boolean causal = task.equals(TaskCheck.CAUSAL_LM);
    int batch = batchSize != null ? batchSize : causal ? CAUSAL_BATCH : BATCH;
    double rate = learningRate != null ? learningRate : causal ? CAUSAL_RATE : RATE;
    return common.checked(
        () ->
            new TrainingConfig(
                epochs,
                batch,
                accumulationSteps,
                rate,
                Schedule.of(schedule),
                warmupRatio,
                weightDecay,
                maxGradNorm,
                seed,
                patience,
                checkpointSteps,
                loraPlusRatio));
  }
}
