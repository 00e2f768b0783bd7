package io.github.lora4j.cli;

import io.github.lora4j.adapter.LoraAdapter;
import io.github.lora4j.compute.Compute;
import io.github.lora4j.lora.LoraConfig;
import io.github.lora4j.models.causal.DecoderSource;
import io.github.lora4j.models.encoder.EncoderSource;
import io.github.lora4j.models.encoder.TextEncoder;
import io.github.lora4j.models.hub.HubEnvironment;
import io.github.lora4j.models.minilm.MiniLm;
import io.github.lora4j.models.weights.LoftQFormat;
import io.github.lora4j.models.weights.WeightFormat;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Which base model, and how it holds its weights. */
final class ModelOptions {
  /** Packing the weights of a file takes as long as it saves over about so many tokens. */
  private static final int SHORT_ANSWER = 128;

  @Option(
      names = "--model",
      paramLabel = "M",
      defaultValue = MiniLm.NAME,
      description = {
        "The base model: " + MiniLm.NAME + " (embedded, the default), the directory of a Hugging",
        "Face checkpoint, a GGUF file, or owner/name[@revision][:FILE.gguf] of one on the Hub,",
        "which is downloaded."
      })
  private String model;

  @Mixin private QuantizeOptions quantize;

  private ModelPath found;

  /** Checks the values before any work is done. */
  void check(CommonOptions common) {
    quantize.weightFormat(common);
    ModelPath.requireKnown(common, model);
  }

  /** Refuses what cannot be an encoder, before anything is downloaded. */
  void requireNoGguf(CommonOptions common) {
    if (model.endsWith(".gguf")) {
      throw common.usage(
          "--model " + model + " is a GGUF file, which holds no encoder to classify with");
    }
  }

  /** The model as the user calls it. */
  String name() {
    return model;
  }

  /** True for the embedded model, which has no classification head of its own. */
  boolean isEmbedded() {
    return model.equals(MiniLm.NAME);
  }

  /**
   * The decoder that the model is, downloaded if it has to be; empty if it is an encoder.
   *
   * @throws IllegalArgumentException if there is no such model
   */
  Optional<DecoderSource> decoder(Console console) {
    return find(console).decoder();
  }

  /**
   * The decoder that the model has to be.
   *
   * @param what needs it, for the message
   * @throws io.github.lora4j.checkpoint.CheckpointException if it is of another type
   */
  DecoderSource requireDecoder(Console console, CommonOptions common, String what) {
    ModelPath resolved = find(console);
    if (resolved.path().isEmpty()) {
      throw common.usage(what + " needs a decoder, and " + model + " is none");
    }
    DecoderSource.requireDecoder(resolved.path().get());
    return DecoderSource.of(resolved.name(), resolved.path().get());
  }

  /** The hub is asked once, however often the model is looked at. */
  private ModelPath find(Console console) {
    if (found == null) {
      found = ModelPath.resolve(console, HubEnvironment.ofProcess(), model);
    }
    return found;
  }

  /**
   * How a language model holds its weights for one answer.
   *
   * @param adapter or null
   * @param tokens of the answer, at most
   */
  WeightFormat answerFormat(
      CommonOptions common, DecoderSource source, LoraAdapter adapter, int tokens) {
    List<LoraAdapter> adapters = adapter == null ? List.of() : List.of(adapter);
    return tokens > SHORT_ANSWER
        ? manyAnswersFormat(common, source, adapters)
        : LoftQFormat.forAdapters(quantize.decoderFormat(common), adapters);
  }

  /** Checks the options for a training, before there is a model. */
  void checkDecoderFormat(CommonOptions common, LoraConfig lora) {
    quantize.decoderFormat(common, lora);
  }

  /** How a language model holds its weights while an adapter is trained. */
  WeightFormat trainingFormat(CommonOptions common, LoraConfig lora, DecoderSource source) {
    return quantize.trainingFormat(common, lora, source);
  }

  /** How a language model holds its weights for many answers. */
  WeightFormat manyAnswersFormat(
      CommonOptions common, DecoderSource source, List<LoraAdapter> adapters) {
    return LoftQFormat.forAdapters(quantize.longWorkFormat(common, source), adapters);
  }

  /**
   * Opens the base for these adapters; the caller closes it.
   *
   * @param maxLength the most tokens of a text
   */
  TextEncoder open(
      Console console,
      CommonOptions common,
      Compute compute,
      List<LoraAdapter> adapters,
      int maxLength) {
    WeightFormat format = LoftQFormat.forAdapters(quantize.weightFormat(common), adapters);
    return source(console, maxLength).open(compute, format);
  }

  /**
   * Where the base comes from; downloads it if it has to be.
   *
   * @param maxLength the most tokens of a text
   */
  EncoderSource source(Console console, int maxLength) {
    ModelPath resolved = find(console);
    return resolved.path().isEmpty()
        ? EncoderSource.of(model, maxLength)
        : EncoderSource.of(resolved.name(), resolved.path().get(), maxLength);
  }

  /** How the base holds its weights while an adapter is trained. */
  WeightFormat weightFormat(CommonOptions common, LoraConfig lora) {
    return quantize.weightFormat(common, lora);
  }
}
