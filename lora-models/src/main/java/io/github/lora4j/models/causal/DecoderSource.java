package io.github.lora4j.models.causal;

import io.github.lora4j.checkpoint.CheckpointException;
import io.github.lora4j.checkpoint.NamedTensors;
import io.github.lora4j.checkpoint.SafetensorsDirectory;
import io.github.lora4j.compute.Compute;
import io.github.lora4j.compute.Kernels;
import io.github.lora4j.models.config.ConfigFields;
import io.github.lora4j.models.config.JsonFile;
import io.github.lora4j.models.decoder.DecoderModel;
import io.github.lora4j.models.gguf.GgufBase;
import io.github.lora4j.models.gguf.GgufCheckpoint;
import io.github.lora4j.models.gguf.GgufFingerprint;
import io.github.lora4j.models.gguf.GgufHeaders;
import io.github.lora4j.models.gguf.GgufWeights;
import io.github.lora4j.models.weights.CheckpointHeaders;
import io.github.lora4j.models.weights.CheckpointWeights;
import io.github.lora4j.models.weights.Fingerprint;
import io.github.lora4j.models.weights.UnreadWeights;
import io.github.lora4j.models.weights.WeightFormat;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;

/**
 * Where a decoder comes from: a directory as on the Hugging Face Hub, or a GGUF file. Immutable and
 * thread-safe.
 */
public final class DecoderSource {
  private static final String CONFIG = "config.json";

  private final String name;
  private final Path path;

  private DecoderSource(String name, Path path) {
    this.name = name;
    this.path = path;
  }

  /** True for a GGUF file, and for a directory whose {@code config.json} is that of a decoder. */
  public static boolean isDecoder(Path path) {
    if (isGguf(path)) {
      return true;
    }
    Path config = path.resolve(CONFIG);
    return Files.isRegularFile(config)
        && DecoderFamilies.knows(ConfigFields.read(config).text("model_type", ""));
  }

  /**
   * Checks that it is a decoder.
   *
   * @throws CheckpointException if it is not; the message names the types that are known
   */
  public static void requireDecoder(Path path) {
    if (!isDecoder(path)) {
      throw ConfigFields.read(path.resolve(CONFIG))
          .unsupported("model_type", String.join(", ", DecoderFamilies.modelTypes()));
    }
  }

  /**
   * A model.
   *
   * @param name what to call it, for example the name on the hub
   * @param path the directory or file
   */
  public static DecoderSource of(String name, Path path) {
    return new DecoderSource(name, path);
  }

  /** A model that is called by its path. */
  public static DecoderSource of(Path path) {
    return new DecoderSource(path.toString(), path);
  }

  /** The directory or file. */
  public Path path() {
    return path;
  }

  /** True for a GGUF file. */
  public boolean isGguf() {
    return isGguf(path);
  }

  /**
   * What its modules are called in GGUF files. Reads the configuration only.
   *
   * @throws CheckpointException if that cannot be read, or the type has no known form in GGUF files
   */
  public GgufBase ggufBase() {
    if (!isGguf()) {
      return GgufBase.of(name, JsonFile.read(path.resolve(CONFIG)));
    }
    try (GgufCheckpoint checkpoint = GgufCheckpoint.open(path)) {
      return GgufBase.of(name, checkpoint.config());
    }
  }

  private static boolean isGguf(Path path) {
    String file = path.getFileName() == null ? "" : path.getFileName().toString();
    return file.toLowerCase(Locale.ROOT).endsWith(".gguf") && Files.isRegularFile(path);
  }

  /**
   * The model without its weights: its configuration and the headers of its files are read.
   *
   * @param kernels that would read weights in memory
   * @param format that the weights of linear layers would have
   * @throws CheckpointException as {@link #open}, but for values
   */
  public UnreadDecoder unread(Kernels kernels, WeightFormat format) {
    if (isGguf()) {
      try (GgufCheckpoint checkpoint = GgufCheckpoint.open(path)) {
        return unread(
            ConfigFields.of(path.toString(), checkpoint.config()),
            new UnreadWeights(new GgufHeaders(kernels, checkpoint), format));
      }
    }
    try (NamedTensors tensors = SafetensorsDirectory.open(path)) {
      return unread(
          ConfigFields.read(path.resolve(CONFIG)),
          new UnreadWeights(new CheckpointHeaders(tensors), format));
    }
  }

  private static UnreadDecoder unread(ConfigFields fields, UnreadWeights weights) {
    return new UnreadDecoder(DecoderFamilies.load(fields, weights), weights);
  }

  /**
   * Reads the model.
   *
   * @param format for the weights of linear layers; what is {@link WeightFormat#STORED} in a GGUF
   *     file stays in the mapped file
   * @throws CheckpointException if a file is missing, damaged, or of a family that is not known
   */
  public DecoderBase open(Compute compute, WeightFormat format) {
    if (isGguf()) {
      try (GgufCheckpoint checkpoint = GgufCheckpoint.open(path)) {
        DecoderModel model =
            DecoderFamilies.load(
                ConfigFields.of(path.toString(), checkpoint.config()),
                new GgufWeights(compute, format, checkpoint));
        return new DecoderBase(name, compute, model, GgufFingerprint.of(checkpoint.file()), format);
      }
    }
    try (NamedTensors tensors = SafetensorsDirectory.open(path)) {
      DecoderModel model =
          DecoderFamilies.load(
              ConfigFields.read(path.resolve(CONFIG)),
              CheckpointWeights.unsearched(compute, format, tensors));
      return new DecoderBase(name, compute, model, Fingerprint.of(tensors), format);
    }
  }
}
