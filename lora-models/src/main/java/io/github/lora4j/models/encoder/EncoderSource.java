package io.github.lora4j.models.encoder;

import io.github.lora4j.checkpoint.NamedTensors;
import io.github.lora4j.checkpoint.SafetensorsDirectory;
import io.github.lora4j.compute.Compute;
import io.github.lora4j.models.bert.BertMemory;
import io.github.lora4j.models.bert.EncoderConfig;
import io.github.lora4j.models.config.ConfigFields;
import io.github.lora4j.models.memory.ModelMemory;
import io.github.lora4j.models.minilm.MiniLm;
import io.github.lora4j.models.tokenizer.HuggingFaceTokenizer;
import io.github.lora4j.models.tokenizer.Tokenizer;
import io.github.lora4j.models.weights.WeightFormat;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/**
 * Where an encoder comes from: what can be known of it before its weights are read. Immutable and
 * thread-safe.
 */
public final class EncoderSource {
  private final String name;
  private final Path directory;
  private final EncoderConfig config;
  private final List<String> headLabels;
  private final int maxLength;

  private EncoderSource(
      String name, Path directory, EncoderConfig config, List<String> headLabels, int maxLength) {
    this.name = name;
    this.directory = directory;
    this.config = config;
    this.headLabels = headLabels;
    this.maxLength = maxLength;
  }

  /**
   * Reads the configuration of a model.
   *
   * @param model and {@code maxLength} as for {@link TextEncoder#open}, with the same errors
   */
  public static EncoderSource of(String model, int maxLength) {
    if (model.equals(MiniLm.NAME)) {
      return new EncoderSource(model, null, MiniLm.config(), List.of(), maxLength);
    }
    Path directory = Path.of(model);
    if (!Files.isDirectory(directory)) {
      throw new IllegalArgumentException(
          "no model '" + model + "': it is neither " + MiniLm.NAME + " nor a directory");
    }
    return of(model, directory, maxLength);
  }

  /**
   * The same for a checkpoint that has a name of its own, as one of a hub has.
   *
   * @param name how adapters and messages call it
   */
  public static EncoderSource of(String name, Path directory, int maxLength) {
    ConfigFields fields = ConfigFields.read(directory.resolve("config.json"));
    EncoderConfig config = EncoderFamilies.config(fields);
    if (maxLength > config.maxTokens()) {
      throw new IllegalArgumentException(
          "max length "
              + maxLength
              + " is more than the "
              + config.maxTokens()
              + " positions of "
              + name);
    }
    return new EncoderSource(name, directory, config, fields.headLabels(), maxLength);
  }

  /** What the model takes in memory. */
  public ModelMemory memory() {
    if (directory == null) {
      return BertMemory.of(config, MiniLm.weightsBytes());
    }
    try (NamedTensors headers = SafetensorsDirectory.open(directory)) {
      return BertMemory.of(config, headers);
    }
  }

  /**
   * Loads the tokenizer; the caller closes it, or hands it to {@link #open(Compute, WeightFormat,
   * Tokenizer)}.
   */
  public Tokenizer openTokenizer() {
    return directory == null
        ? MiniLm.tokenizer(maxLength)
        : HuggingFaceTokenizer.load(directory.resolve("tokenizer.json"), maxLength);
  }

  /** Opens the model. */
  public TextEncoder open(Compute compute, WeightFormat format) {
    // The tokenizer's native library loads while the weights are read.
    return TextEncoder.load(
        compute, format, this, CompletableFuture.supplyAsync(this::openTokenizer));
  }

  /** Opens the model with a tokenizer that it closes, also when it fails. */
  public TextEncoder open(Compute compute, WeightFormat format, Tokenizer tokenizer) {
    return TextEncoder.load(compute, format, this, CompletableFuture.completedFuture(tokenizer));
  }

  /** The classes of the checkpoint's own classification head; empty if it has none. */
  public List<String> headLabels() {
    return headLabels;
  }

  String name() {
    return name;
  }

  /** The sizes. */
  public EncoderConfig config() {
    return config;
  }

  NamedTensors openWeights() {
    return directory == null ? MiniLm.weights() : SafetensorsDirectory.open(directory);
  }
}
