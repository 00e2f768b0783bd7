package io.github.lora4j.cli;

import io.github.lora4j.adapter.LoraAdapter;
import io.github.lora4j.compute.Compute;
import io.github.lora4j.lora.LoraConfig;
import io.github.lora4j.models.classify.ClassifierAdapter;
import io.github.lora4j.models.encoder.EncoderSource;
import io.github.lora4j.models.encoder.TextEncoder;
import io.github.lora4j.models.minilm.MiniLm;
import io.github.lora4j.models.weights.LoftQFormat;
import io.github.lora4j.models.weights.WeightFormat;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.TreeSet;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Which base model, and where it cuts texts. */
final class ModelOptions {
  private static final int LONGEST = 1 << 20;

  @Option(
      names = "--model",
      paramLabel = "M",
      defaultValue = MiniLm.NAME,
      description = {
        "The base model: " + MiniLm.NAME + " (embedded, the default) or the directory of a",
        "Hugging Face checkpoint of the BERT family."
      })
  private String model;

  @Option(
      names = "--max-length",
      paramLabel = "N",
      description = {
        "Texts are cut after so many tokens; where an adapter is given, its own",
        "value is the default, otherwise " + MiniLm.DEFAULT_MAX_LENGTH + "."
      })
  private Integer maxLength;

  @Mixin private QuantizeOptions quantize;

  /** Checks the values before any work is done. */
  void check(CommonOptions common) {
    quantize.weightFormat(common);
    requireModel(common, model);
    boolean inRange = maxLength == null || maxLength >= 3 && maxLength <= LONGEST;
    if (!inRange || maxLength != null && model.equals(MiniLm.NAME) && maxLength > longest()) {
      throw common.usage(
          "--max-length is "
              + maxLength
              + ", must be from 3 to "
              + (model.equals(MiniLm.NAME) ? longest() : LONGEST));
    }
  }

  /** Refuses what is neither the embedded model nor a directory, as wrong usage. */
  static void requireModel(CommonOptions common, String model) {
    if (!model.equals(MiniLm.NAME) && !Files.isDirectory(Path.of(model))) {
      throw common.usage(
          "no model '" + model + "': it is neither " + MiniLm.NAME + " nor a directory");
    }
  }

  private static int longest() {
    return MiniLm.config().maxPositionEmbeddings();
  }

  /** Opens the base for these adapters; the caller closes it. */
  TextEncoder open(CommonOptions common, Compute compute, List<LoraAdapter> adapters) {
    WeightFormat format = LoftQFormat.forAdapters(quantize.weightFormat(common), adapters);
    return source(common, adapters).open(compute, format);
  }

  /** Where the base for these adapters comes from. */
  EncoderSource source(CommonOptions common, List<LoraAdapter> adapters) {
    return EncoderSource.of(model, maxLength == null ? maxLengthOf(common, adapters) : maxLength);
  }

  /** How the base holds its weights while an adapter is trained. */
  WeightFormat weightFormat(CommonOptions common, LoraConfig lora) {
    return quantize.weightFormat(common, lora);
  }

  private static int maxLengthOf(CommonOptions common, List<LoraAdapter> adapters) {
    TreeSet<Integer> lengths = new TreeSet<>();
    adapters.forEach(adapter -> ClassifierAdapter.maxLength(adapter).ifPresent(lengths::add));
    if (lengths.size() > 1) {
      throw common.usage(
          "the adapters were trained with different maximum lengths "
              + lengths
              + "; choose one with --max-length");
    }
    return lengths.isEmpty() ? MiniLm.DEFAULT_MAX_LENGTH : lengths.first();
  }
}
