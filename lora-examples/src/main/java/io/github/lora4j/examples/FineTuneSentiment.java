package io.github.lora4j.examples;

import io.github.lora4j.adapter.LoraAdapter;
import io.github.lora4j.adapter.PeftAdapterFiles;
import io.github.lora4j.compute.Compute;
import io.github.lora4j.demo.DemoReviews;
import io.github.lora4j.demo.DemoReviews.Review;
import io.github.lora4j.lora.LoraConfig;
import io.github.lora4j.models.classify.ClassificationTask;
import io.github.lora4j.models.classify.ClassifierAdapter;
import io.github.lora4j.models.classify.TextClassifier;
import io.github.lora4j.models.data.LabeledText;
import io.github.lora4j.models.encoder.TextEncoder;
import io.github.lora4j.models.minilm.MiniLm;
import io.github.lora4j.train.Trainer;
import io.github.lora4j.train.TrainingConfig;
import io.github.lora4j.train.TrainingListener;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** Teaches a pretrained encoder the sentiment of reviews, and saves what it learned. */
public final class FineTuneSentiment {
  private FineTuneSentiment() {}

  /** Trains on all bundled reviews; the adapter goes to the directory named first, if any. */
  public static void main(String[] args) throws IOException {
    Path out = args.length > 0 ? Path.of(args[0]) : Files.createTempDirectory("sentiment");
    System.out.printf("accuracy: %.3f, adapter: %s%n", train(480, 3, out), out);
  }

  /** Trains on some of the reviews, saves the adapter, and returns its accuracy on the others. */
  static double train(int reviews, int epochs, Path out) {
    DemoReviews data = DemoReviews.load();
    List<LabeledText> train =
        DemoReviews.labelled(data.train().subList(0, reviews), Review::sentiment);
    List<LabeledText> test = DemoReviews.labelled(data.test(), Review::sentiment);
    List<String> labels = List.of("negative", "positive");

    try (Compute compute = Compute.create();
        TextEncoder base = TextEncoder.open(compute, MiniLm.NAME, 64)) {
      // The base stays frozen; every query and value projection gets a small A and B.
      LoraConfig lora =
          LoraConfig.builder().r(8).loraAlpha(16).targetModules("query", "value").build();
      ClassificationTask task = new ClassificationTask(base, lora, labels, train, List.of(), 1);
      TrainingConfig config = TrainingConfig.DEFAULT.withEpochs(epochs).withLearningRate(3e-3);
      new Trainer(task, config, TrainingListener.NONE).run();

      // Some hundred kilobytes in the format of PEFT, and back again.
      PeftAdapterFiles.save(task.adapter("sentiment"), out, base.classifierPrefix());
      LoraAdapter loaded = PeftAdapterFiles.load("sentiment", out);

      return new TextClassifier(base)
          .evaluate(
              test.stream().map(LabeledText::text).toList(),
              test.stream().map(LabeledText::label).toList(),
              ClassifierAdapter.bind(base, loaded))
          .accuracy();
    }
  }
}
