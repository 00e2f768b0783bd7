package io.github.lora4j.demo;

import io.github.lora4j.adapter.LoraAdapter;
import io.github.lora4j.demo.DemoReviews.Review;
import io.github.lora4j.lora.LoraConfig;
import io.github.lora4j.models.classify.ClassificationTask;
import io.github.lora4j.models.classify.ClassifierAdapter;
import io.github.lora4j.models.classify.TextClassifier;
import io.github.lora4j.models.data.LabeledText;
import io.github.lora4j.models.encoder.TextEncoder;
import io.github.lora4j.optim.Schedule;
import io.github.lora4j.train.Trainer;
import io.github.lora4j.train.TrainingConfig;
import io.github.lora4j.train.TrainingListener;
import java.util.List;
import java.util.function.Function;

/**
 * Trains one adapter of the demonstration. The test reviews are only looked at before and after:
 * they choose no epoch.
 *
 * @param adapter the trained adapter
 * @param before accuracy on the test reviews with the adapter and its head as they start out
 * @param after accuracy once trained
 */
public record DemoTraining(LoraAdapter adapter, double before, double after) {
  /** Passes over the reviews. */
  public static final int EPOCHS = 4;

  private static final LoraConfig LORA =
      LoraConfig.builder().r(8).loraAlpha(16).targetModules("query", "value").build();

  /** Trains an adapter that answers what {@code label} says of a review. */
  public static DemoTraining run(
      TextEncoder base,
      DemoReviews reviews,
      String name,
      Function<Review, String> label,
      long seed,
      TrainingListener listener) {
    List<String> labels = reviews.train().stream().map(label).distinct().sorted().toList();
    List<LabeledText> train = DemoReviews.labelled(reviews.train(), label);
    ClassificationTask task = new ClassificationTask(base, LORA, labels, train, List.of(), seed);
    double before = accuracy(base, task.adapter(name), reviews.test(), label);
    TrainingConfig config =
        new TrainingConfig(EPOCHS, 16, 1, 2e-3, Schedule.LINEAR, 0.1, 0.01, 1, seed, 0, 0);
    new Trainer(task, config, listener).run();
    LoraAdapter adapter = task.adapter(name);
    return new DemoTraining(adapter, before, accuracy(base, adapter, reviews.test(), label));
  }

  private static double accuracy(
      TextEncoder base, LoraAdapter adapter, List<Review> test, Function<Review, String> label) {
    return new TextClassifier(base)
        .evaluate(
            test.stream().map(Review::text).toList(),
            test.stream().map(label).toList(),
            ClassifierAdapter.bind(base, adapter))
        .accuracy();
  }
}
