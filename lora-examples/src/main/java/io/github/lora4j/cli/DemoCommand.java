package io.github.lora4j.cli;

import io.github.lora4j.adapter.AdapterRegistry;
import io.github.lora4j.adapter.PeftAdapterFiles;
import io.github.lora4j.compute.Compute;
import io.github.lora4j.demo.DemoReviews;
import io.github.lora4j.demo.DemoReviews.Review;
import io.github.lora4j.demo.DemoTraining;
import io.github.lora4j.demo.ParallelSwap;
import io.github.lora4j.models.classify.ClassifierAdapter;
import io.github.lora4j.models.classify.Prediction;
import io.github.lora4j.models.classify.TextClassifier;
import io.github.lora4j.models.encoder.TextEncoder;
import io.github.lora4j.models.minilm.MiniLm;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.function.Function;
import java.util.function.Supplier;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code lora demo}: trains two adapters over one base and swaps them, with bundled data only. */
@Command(
    name = "demo",
    mixinStandardHelpOptions = true,
    versionProvider = Version.class,
    sortOptions = false,
    description = "Trains two adapters over one base model and swaps them, in about a minute.")
final class DemoCommand implements Callable<Integer> {
  private static final int ROUNDS = 20;

  /** Written for the demonstration; in none of the bundled files. */
  private static final List<String> UNSEEN =
      List.of(
          "The courier left the parcel in the rain and half of the cups were broken. Awful.",
          "Twice the cost of the one next to it, and it does exactly the same. A rip-off.",
          "The lady at the counter listened, apologised and gave me a new one at once. Lovely!",
          "Beautiful deep green, slim shape, looks wonderful on the shelf.",
          "I read the manual three times and still cannot set the clock. So frustrating.",
          "Ten years of daily use and it still runs like new, superbly made.");

  private final Console console;
  private final Supplier<DemoReviews> data;

  @Option(
      names = "--out",
      paramLabel = "DIR",
      description = "Where the two adapters go; a new temporary folder if not given.")
  private Path out;

  @Option(
      names = "--seed",
      paramLabel = "N",
      defaultValue = "0",
      description = "Of initial values and order (${DEFAULT-VALUE}).")
  private long seed;

  @Mixin private CommonOptions common;

  DemoCommand(Console console, Supplier<DemoReviews> data) {
    this.console = console;
    this.data = data;
  }

  @Override
  public Integer call() throws IOException {
    Stopwatch watch = new Stopwatch();
    common.check();
    if (out != null) {
      OutputDirectory.requireUsable(out.resolve("sentiment"));
      OutputDirectory.requireUsable(out.resolve("aspect"));
    }
    DemoReviews reviews = data.get();
    introduce(reviews);
    try (Compute compute = common.compute();
        TextEncoder base = TextEncoder.open(compute, MiniLm.NAME, MiniLm.DEFAULT_MAX_LENGTH)) {
      DemoTraining sentiment = train(base, reviews, "sentiment", Review::sentiment);
      DemoTraining aspect = train(base, reviews, "aspect", Review::aspect);
      Path folder = out == null ? Files.createTempDirectory("lora-demo-") : out;
      PeftAdapterFiles.save(
          sentiment.adapter(), folder.resolve("sentiment"), base.classifierPrefix());
      PeftAdapterFiles.save(aspect.adapter(), folder.resolve("aspect"), base.classifierPrefix());
      swap(base, folder);
      conclude(folder, watch.seconds());
      Map<String, Object> json = new LinkedHashMap<>();
      json.put("sentiment", Map.of("before", sentiment.before(), "after", sentiment.after()));
      json.put("aspect", Map.of("before", aspect.before(), "after", aspect.after()));
      json.put("seconds", watch.seconds());
      json.put("out", folder.toString());
      json.put("peak_rss_mb", PeakMemory.megabytes());
      console.result(common.json(), json, List.of());
    }
    return 0;
  }

  private void introduce(DemoReviews reviews) {
    say("A pretrained language model (all-MiniLM-L6-v2, 22.7 million values) turns a text into");
    say("numbers. It was never told about reviews. Two small LoRA adapters will teach it, from");
    say(
        reviews.train().size()
            + " short reviews: one adapter tells the sentiment, one what the"
            + " review is about.");
    say("The model itself stays as it is: only the adapters learn. (The reviews are synthetic:");
    say(
        "they were written for this project. Accuracy is measured on "
            + reviews.test().size()
            + " that are not learned from.)");
    say("");
  }

  private DemoTraining train(
      TextEncoder base, DemoReviews reviews, String name, Function<Review, String> label) {
    DemoTraining trained;
    try (TrainingProgress progress = TrainingProgress.on(console, name, DemoTraining.EPOCHS)) {
      trained = DemoTraining.run(base, reviews, name, label, seed, progress);
    }
    int labels = trained.adapter().info().labels().size();
    say(
        String.format(
            Locale.ROOT,
            "%s: %.0f %% right before training (%d answers, a guess gets %.0f %%), %.0f %% after.",
            name,
            100 * trained.before(),
            labels,
            100.0 / labels,
            100 * trained.after()));
    say(
        String.format(
            Locale.ROOT,
            "  The adapter is %.1f MB; a copy of the model would be 90 MB.",
            trained.adapter().byteSize() / 1e6));
    return trained;
  }

  /** Loads the adapters from disk again and uses both over the one base. */
  private void swap(TextEncoder base, Path folder) {
    AdapterRegistry<ClassifierAdapter> registry =
        new AdapterRegistry<>(adapter -> ClassifierAdapter.bind(base, adapter));
    registry.load("sentiment", folder.resolve("sentiment"));
    registry.load("aspect", folder.resolve("aspect"));
    TextClassifier classifier = new TextClassifier(base);
    say("");
    say("Both adapters, saved and loaded again, on texts that neither has seen. The model is in");
    say("memory once; each call says which adapter it wants:");
    for (String text : UNSEEN) {
      Prediction sentiment = classifier.predict(text, registry.get("sentiment").form());
      Prediction aspect = classifier.predict(text, registry.get("aspect").form());
      say("  \"" + text + "\"");
      say(
          String.format(
              Locale.ROOT,
              "     %s (%.0f %%), about %s (%.0f %%)",
              sentiment.label(),
              100 * sentiment.score(),
              aspect.label(),
              100 * aspect.score()));
    }
    int different = ParallelSwap.differences(classifier, registry, UNSEEN, ROUNDS);
    if (different > 0) {
      throw new IllegalStateException(different + " answers changed when two threads ran at once");
    }
    say("");
    say("Two threads, one with each adapter, at the same time over the same model:");
    say("  " + 2 * ROUNDS * UNSEEN.size() + " answers, all the same as one after the other.");
  }

  private void conclude(Path folder, double seconds) {
    say("");
    say("The adapters are in " + folder + ", in the format of Hugging Face PEFT. Try them:");
    say("  ./lora predict --adapter sentiment=" + folder.resolve("sentiment") + " \\");
    say("    --adapter aspect=" + folder.resolve("aspect") + " --input FILE --output FILE");
    say(String.format(Locale.ROOT, "This took %.0f seconds.", seconds));
  }

  private void say(String line) {
    console.say(common.json(), line);
  }
}
