package io.github.lora4j.cli;

import io.github.lora4j.models.causal.CausalLmTask;
import io.github.lora4j.models.causal.DecoderBase;
import io.github.lora4j.train.Evaluation;
import io.github.lora4j.train.TrainingResult;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** What {@code lora train --task causal-lm} prints at its end. */
record CausalTrainSummary(
    TrainingResult result,
    CausalLmTask task,
    DecoderBase base,
    TrainRequest request,
    TrainingMemory memory,
    double seconds) {

  Map<String, Object> json() {
    Evaluation evaluation = result.best().evaluation();
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("loss", loss());
    json.put("perplexity", Math.exp(loss()));
    json.put("evaluated", evaluation != null);
    json.put("samples_per_second", perSecond(task.examples()));
    json.put("tokens_per_second", perSecond(task.tokens()));
    json.put("peak_rss_mb", PeakMemory.megabytes());
    json.put("seconds", seconds);
    json.put("adapter", request.out().toString());
    json.put("epochs", result.epochs().size());
    json.put("best_epoch", result.bestEpoch());
    json.put("train_loss", result.best().trainLoss());
    json.put("steps", result.steps());
    json.put("stopped_early", result.stoppedEarly());
    json.put("trainable_parameters", task.trainableParameters());
    json.put("base", base.name());
    json.put("weights", base.weights());
    json.put("weights_mb", base.model().weightBytes() / (double) (1 << 20));
    json.put("optimizer", request.training().optimizer());
    json.put(
        "memory",
        memory.json(
            base.model().weightBytes(), task.trainableParameters(), base.compute().buffers()));
    json.put("kernels", base.compute().set().name().toLowerCase(Locale.ROOT));
    return json;
  }

  private double loss() {
    Evaluation evaluation = result.best().evaluation();
    return evaluation == null ? result.best().trainLoss() : evaluation.loss();
  }

  private double perSecond(long perEpoch) {
    double training = result.trainingSeconds();
    return training > 0 ? perEpoch * (double) result.epochs().size() / training : 0;
  }

  List<String> lines() {
    return List.of(
        String.format(
            Locale.ROOT,
            "Trained %,d values in %d epochs, %.0f tokens/s, %.1f s in all.",
            task.trainableParameters(),
            result.epochs().size(),
            perSecond(task.tokens()),
            seconds),
        String.format(
            Locale.ROOT,
            "Best epoch: %d, %s loss %.4f, perplexity %.3f.",
            result.bestEpoch(),
            result.best().evaluation() == null ? "training" : "held-out",
            loss(),
            Math.exp(loss())),
        memory.summary(base.compute().buffers()),
        "Adapter: " + request.out());
  }
}
