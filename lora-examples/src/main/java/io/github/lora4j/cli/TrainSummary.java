package io.github.lora4j.cli;

import io.github.lora4j.models.classify.ClassificationTask;
import io.github.lora4j.models.encoder.TextEncoder;
import io.github.lora4j.train.EpochReport;
import io.github.lora4j.train.Evaluation;
import io.github.lora4j.train.TrainingResult;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** What {@code lora train} prints at its end. */
record TrainSummary(
    TrainingResult result,
    ClassificationTask task,
    TextEncoder base,
    List<String> labels,
    String optimizer,
    TrainingMemory memory,
    Path out,
    double seconds) {

  Map<String, Object> json() {
    Evaluation evaluation = result.best().evaluation();
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("accuracy", evaluation == null ? null : evaluation.accuracy());
    json.put("loss", evaluation == null ? result.best().trainLoss() : evaluation.loss());
    json.put("samples_per_second", samplesPerSecond());
    json.put("eval_samples_per_second", evalSamplesPerSecond());
    json.put("peak_rss_mb", PeakMemory.megabytes());
    json.put("seconds", seconds);
    json.put("adapter", out.toString());
    json.put("epochs", result.epochs().size());
    json.put("best_epoch", result.bestEpoch());
    json.put("train_loss", result.best().trainLoss());
    json.put("steps", result.steps());
    json.put("stopped_early", result.stoppedEarly());
    json.put("trainable_parameters", task.trainableParameters());
    json.put("base", base.name());
    json.put("weights", base.weightFormat().id());
    json.put("labels", labels);
    json.put("optimizer", optimizer);
    json.put(
        "memory",
        memory.json(
            base.encoder().weightBytes(), task.trainableParameters(), base.compute().buffers()));
    json.put("kernels", base.compute().set().name().toLowerCase(Locale.ROOT));
    return json;
  }

  /** Over all epochs, without evaluation. */
  private double samplesPerSecond() {
    double training = result.trainingSeconds();
    return training > 0 ? task.examples() * (double) result.epochs().size() / training : 0;
  }

  /** Over the evaluations of all epochs, or null if there was none. */
  private Double evalSamplesPerSecond() {
    double examples = 0;
    double seconds = 0;
    for (EpochReport epoch : result.epochs()) {
      if (epoch.evaluation() != null) {
        examples += epoch.evaluation().examples();
        seconds += epoch.evaluation().seconds();
      }
    }
    return seconds > 0 ? examples / seconds : null;
  }

  List<String> lines() {
    List<String> lines = new ArrayList<>();
    EpochReport best = result.best();
    lines.add(
        String.format(
            Locale.ROOT,
            "Trained %,d values in %d epochs, %.0f samples/s, %.1f s in all.",
            task.trainableParameters(),
            result.epochs().size(),
            samplesPerSecond(),
            seconds));
    if (best.evaluation() == null) {
      lines.add(
          String.format(Locale.ROOT, "Training loss of the last epoch: %.4f", best.trainLoss()));
    } else {
      lines.add(
          String.format(
              Locale.ROOT,
              "Best epoch: %d, accuracy %.4f, loss %.4f on %d held-out texts.",
              best.epoch(),
              best.evaluation().accuracy(),
              best.evaluation().loss(),
              best.evaluation().examples()));
    }
    lines.add(memory.summary(base.compute().buffers()));
    lines.add("Adapter: " + out);
    return lines;
  }
}
