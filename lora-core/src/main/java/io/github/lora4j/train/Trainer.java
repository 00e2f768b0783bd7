package io.github.lora4j.train;

import io.github.lora4j.autograd.Parameter;
import io.github.lora4j.optim.AdamW;
import io.github.lora4j.optim.AdamWConfig;
import io.github.lora4j.optim.GradientClipping;
import io.github.lora4j.optim.Optimizer;
import io.github.lora4j.optim.OptimizerFactory;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Trains a task: shuffled batches, AdamW or another optimizer, evaluation after each epoch, and the
 * parameters of the best epoch at the end.
 *
 * <p>With an output directory it writes {@code metrics.jsonl} and a checkpoint. A run that was
 * killed and resumed gives the same parameters, bit for bit, as one that was not: the order of the
 * examples depends on seed and epoch only, dropout on seed and step. For one thread.
 */
public final class Trainer {
  /** The file of an output directory with one JSON object for each step and each epoch. */
  public static final String METRICS_FILE = MetricsLog.FILE_NAME;

  /** The file of an output directory from which a run continues. */
  public static final String STATE_FILE = TrainerCheckpoint.FILE_NAME;

  private final TrainingTask task;
  private final TrainingConfig config;
  private final TrainingListener listener;
  private final OptimizerFactory optimizers;
  private final long stepsPerEpoch;

  private final List<EpochReport> epochs = new ArrayList<>();
  private final List<float[]> best = new ArrayList<>();
  private Optimizer optimiser;
  private int bestEpoch;
  private long step;

  /** A trainer of {@code task} with {@link AdamW}, for one run. */
  public Trainer(TrainingTask task, TrainingConfig config, TrainingListener listener) {
    this(task, config, listener, AdamW::new);
  }

  /**
   * A trainer of {@code task}, for one run.
   *
   * @param optimizers makes the optimizer when the run begins; the trainer closes it
   */
  public Trainer(
      TrainingTask task,
      TrainingConfig config,
      TrainingListener listener,
      OptimizerFactory optimizers) {
    if (task.examples() == 0) {
      throw new IllegalArgumentException("there are no training examples");
    }
    this.task = task;
    this.config = config;
    this.listener = listener;
    this.optimizers = optimizers;
    int perStep = config.batchSize() * config.accumulationSteps();
    this.stepsPerEpoch = (task.examples() + perStep - 1) / perStep;
  }

  /** Trains without writing anything. */
  public TrainingResult run() {
    try (Optimizer made = newOptimizer()) {
      optimiser = made;
      return run(null, null);
    }
  }

  private Optimizer newOptimizer() {
    return optimizers.create(
        task.parameters(),
        AdamWConfig.DEFAULT
            .withWeightDecay(config.weightDecay())
            .withLoraPlusRatio(config.loraPlusRatio()));
  }

  /**
   * Trains, and writes metrics and checkpoints into {@code directory}.
   *
   * @param resume whether to continue from the checkpoint that is there, if there is one
   * @throws IllegalArgumentException if that checkpoint belongs to other settings or data, or to an
   *     optimizer with another state
   * @throws io.github.lora4j.checkpoint.CheckpointException if it or the metrics are damaged, or it
   *     has other parameters; the files stay as they are
   */
  public TrainingResult run(Path directory, boolean resume) {
    try (Optimizer made = newOptimizer()) {
      optimiser = made;
      Files.createDirectories(directory);
      Path file = directory.resolve(TrainerCheckpoint.FILE_NAME);
      TrainerState state = null;
      if (resume && Files.exists(file)) {
        state = TrainerCheckpoint.load(file, optimiser, best);
        requireSame(file, state);
      } else {
        // A later resume must not continue from a run before this one.
        Files.deleteIfExists(file);
      }
      try (MetricsLog metrics =
          new MetricsLog(directory, state == null ? 0 : state.metricsLines())) {
        return run(state, new Output(file, metrics));
      }
    } catch (IOException e) {
      throw new UncheckedIOException(directory + ": " + e.getMessage(), e);
    }
  }

  private record Output(Path checkpoint, MetricsLog metrics) {}

  private void requireSame(Path file, TrainerState state) {
    if (!state.config().equals(config)) {
      throw new IllegalArgumentException(
          file + " belongs to a run with other settings: " + state.config() + ", now " + config);
    }
    if (state.examples() != task.examples()) {
      throw new IllegalArgumentException(
          file
              + " belongs to a run over "
              + state.examples()
              + " examples, now there are "
              + task.examples());
    }
    if (!state.task().equals(task.fingerprint())) {
      throw new IllegalArgumentException(
          file + " belongs to a run on other data, another model or other adapter settings");
    }
  }

  private TrainingResult run(TrainerState from, Output output) {
    int epoch = 1;
    Progress progress = new Progress();
    if (from != null) {
      epoch = from.epoch();
      step = from.step();
      bestEpoch = from.bestEpoch();
      epochs.addAll(from.epochs());
      progress = new Progress(from);
    }
    listener.onStart(step, stepsPerEpoch * config.epochs());
    boolean stop = patienceIsOut();
    for (; epoch <= config.epochs() && !stop; epoch++) {
      trainEpoch(epoch, progress, output);
      finishEpoch(epoch, progress, output);
      progress = new Progress();
      stop = patienceIsOut();
      save(output, epoch + 1, progress);
    }
    restoreBest();
    return new TrainingResult(
        List.copyOf(epochs), bestEpoch, step, epochs.size() < config.epochs());
  }

  /** What has been done of the epoch in progress. */
  private static final class Progress {
    private int steps;
    private double lossSum;
    private long labels;
    private double seconds;

    Progress() {}

    Progress(TrainerState from) {
      steps = from.stepsDone();
      lossSum = from.lossSum();
      labels = from.labels();
      seconds = from.seconds();
    }
  }

  private void trainEpoch(int epoch, Progress progress, Output output) {
    int[] order = EpochOrder.of(config.seed(), epoch, task.examples());
    int perStep = config.batchSize() * config.accumulationSteps();
    while (progress.steps < stepsPerEpoch) {
      int from = progress.steps * perStep;
      int to = Math.min(order.length, from + perStep);
      StepReport report = takeStep(epoch, Arrays.copyOfRange(order, from, to), progress);
      if (output != null) {
        output.metrics().step(report);
      }
      listener.onStep(report);
      boolean due = config.checkpointSteps() > 0 && step % config.checkpointSteps() == 0;
      if (due && progress.steps < stepsPerEpoch) {
        save(output, epoch, progress);
      }
    }
  }

  private StepReport takeStep(int epoch, int[] examples, Progress progress) {
    long start = System.nanoTime();
    optimiser.zeroGrad();
    int labels = task.labels(examples);
    double lossSum = 0;
    long tokens = 0;
    for (int from = 0; from < examples.length; from += config.batchSize()) {
      int to = Math.min(examples.length, from + config.batchSize());
      int[] batch = Arrays.copyOfRange(examples, from, to);
      BatchLoss loss = task.accumulate(batch, labels, dropoutSeed(from));
      lossSum += loss.sum();
      tokens += loss.tokens();
    }
    if (!Double.isFinite(lossSum)) {
      throw new IllegalStateException(
          "the loss is " + lossSum + " at step " + (step + 1) + ": a lower learning_rate may help");
    }
    double norm =
        config.maxGradNorm() > 0
            ? GradientClipping.clip(task.parameters(), config.maxGradNorm())
            : GradientClipping.norm(task.parameters());
    if (!Double.isFinite(norm)) {
      throw new IllegalStateException(
          "the norm of the gradients is "
              + norm
              + " at step "
              + (step + 1)
              + ": a lower learning_rate may help");
    }
    long totalSteps = stepsPerEpoch * config.epochs();
    long warmupSteps = Math.round(config.warmupRatio() * totalSteps);
    double learningRate =
        config.learningRate() * config.schedule().factor(step, warmupSteps, totalSteps);
    optimiser.step(learningRate);
    step++;
    double seconds = (System.nanoTime() - start) / 1e9;
    progress.steps++;
    progress.lossSum += lossSum;
    progress.labels += labels;
    progress.seconds += seconds;
    return new StepReport(
        epoch,
        step,
        totalSteps,
        lossSum / labels,
        learningRate,
        norm,
        examples.length / seconds,
        tokens / seconds);
  }

  private long dropoutSeed(int batch) {
    return (config.seed() * 1_000_003 + step) * 1_000_003 + batch;
  }

  private void finishEpoch(int epoch, Progress progress, Output output) {
    Evaluation evaluation = task.evaluate();
    Evaluation earlier = bestEpoch == 0 ? null : epochs.get(bestEpoch - 1).evaluation();
    boolean better = evaluation == null || evaluation.betterThan(earlier);
    if (better) {
      bestEpoch = epoch;
      best.clear();
      for (Parameter parameter : task.parameters()) {
        best.add(parameter.value().toArray());
      }
    }
    EpochReport report =
        new EpochReport(
            epoch,
            progress.lossSum / progress.labels,
            evaluation,
            better,
            progress.seconds,
            progress.seconds > 0 ? task.examples() / progress.seconds : 0);
    epochs.add(report);
    if (output != null) {
      output.metrics().epoch(report);
    }
    listener.onEpoch(report);
  }

  private boolean patienceIsOut() {
    return config.patience() > 0 && bestEpoch > 0 && epochs.size() - bestEpoch >= config.patience();
  }

  private void save(Output output, int epoch, Progress progress) {
    if (output == null) {
      return;
    }
    TrainerState state =
        new TrainerState(
            config,
            task.fingerprint(),
            task.examples(),
            epoch,
            progress.steps,
            step,
            progress.lossSum,
            progress.labels,
            progress.seconds,
            List.copyOf(epochs),
            bestEpoch,
            output.metrics().lines());
    TrainerCheckpoint.save(output.checkpoint(), state, optimiser, best);
  }

  private void restoreBest() {
    List<Parameter> parameters = task.parameters();
    for (int i = 0; i < best.size(); i++) {
      float[] values = best.get(i);
      System.arraycopy(values, 0, parameters.get(i).value().data(), 0, values.length);
    }
  }
}
