package io.github.lora4j.cli;

import io.github.lora4j.lora.LoraConfig;
import io.github.lora4j.lora.LoraInit;
import io.github.lora4j.models.causal.DecoderSource;
import io.github.lora4j.models.weights.LoftQFormat;
import io.github.lora4j.models.weights.WeightFormat;
import io.github.lora4j.quant.QuantConfig;
import io.github.lora4j.quant.QuantType;
import io.github.lora4j.quant.Quantizer;
import io.github.lora4j.tensor.HalfType;
import java.io.IOException;
import java.nio.file.Files;
import picocli.CommandLine.Option;

/** The format in which the base holds its frozen weights. */
final class QuantizeOptions {
  private static final String NONE = "none";
  private static final String FLOAT32 = "float32";
  private static final String AUTO = "auto";
  private static final String PACKED = "packed";

  /** The part of the heap that a file may take whose weights are packed unasked. */
  private static final int HEAP_SHARE = 4;

  @Option(
      names = "--dtype",
      paramLabel = "TYPE",
      description = {
        "Type of the frozen weights of linear layers: float32, bfloat16, float16, auto for what",
        "the checkpoint holds, or packed for the same in memory, in the order of the kernels",
        "(float32 for encoders, auto for language models, for more than a short answer packed for",
        "GGUF files that take at most a quarter of the heap); computation is in float32."
      })
  private String dtype;

  @Option(
      names = "--quantize",
      paramLabel = "FORMAT",
      defaultValue = NONE,
      description = {
        "Pack the frozen weights of linear layers: none (the default), nf4 or fp4 (4",
        "bits, as bitsandbytes)."
      })
  private String format;

  @Option(
      names = "--quant-block-size",
      paramLabel = "N",
      defaultValue = "64",
      description = "Weights that share a scale (${DEFAULT-VALUE}).")
  private int blockSize;

  @Option(
      names = "--no-double-quant",
      description = "Keep the scales of 4-bit weights in float32 instead of 8 bits.")
  private boolean plainScales;

  /** The format of the weights of an encoder. */
  WeightFormat weightFormat(CommonOptions common) {
    return weightFormat(common, FLOAT32);
  }

  /** The format of the weights of a language model. */
  WeightFormat decoderFormat(CommonOptions common) {
    return weightFormat(common, AUTO);
  }

  /** The same for long work, over which packing the weights of a file that fits pays off. */
  WeightFormat longWorkFormat(CommonOptions common, DecoderSource source) {
    return weightFormat(common, fits(source) ? PACKED : AUTO);
  }

  private static boolean fits(DecoderSource source) {
    try {
      return source.isGguf()
          && Files.size(source.path()) <= Runtime.getRuntime().maxMemory() / HEAP_SHARE;
    } catch (IOException e) {
      return false; // Opening it will say what is wrong.
    }
  }

  private WeightFormat weightFormat(CommonOptions common, String defaultType) {
    QuantConfig config = common.checked(this::config);
    WeightFormat unpacked = unpacked(common, dtype == null ? defaultType : dtype);
    if (format.equals(NONE)) {
      return unpacked;
    }
    if (dtype != null && unpacked != WeightFormat.FLOAT32) {
      throw common.usage("--dtype " + dtype + " and --quantize " + format + " exclude each other");
    }
    return WeightFormat.quantized(config);
  }

  private static WeightFormat unpacked(CommonOptions common, String type) {
    return switch (type) {
      case FLOAT32 -> WeightFormat.FLOAT32;
      case "bfloat16" -> WeightFormat.half(HalfType.BFLOAT16);
      case "float16" -> WeightFormat.half(HalfType.FLOAT16);
      case AUTO -> WeightFormat.STORED;
      case PACKED -> WeightFormat.PACKED;
      default ->
          throw common.usage(
              "unknown --dtype '"
                  + type
                  + "', known are float32, bfloat16, float16, auto and packed");
    };
  }

  /**
   * The format of the weights for training: with the starts of LoftQ, if the adapter begins so.
   *
   * @throws picocli.CommandLine.ParameterException if the options do not go together
   */
  WeightFormat weightFormat(CommonOptions common, LoraConfig lora) {
    return lora.initLoraWeights() == LoraInit.LOFTQ
        ? loftQFormat(common, lora)
        : weightFormat(common);
  }

  /** The same for a language model. */
  WeightFormat decoderFormat(CommonOptions common, LoraConfig lora) {
    return lora.initLoraWeights() == LoraInit.LOFTQ
        ? loftQFormat(common, lora)
        : decoderFormat(common);
  }

  /** The same for the model that is trained over. */
  WeightFormat trainingFormat(CommonOptions common, LoraConfig lora, DecoderSource source) {
    return lora.initLoraWeights() == LoraInit.LOFTQ
        ? loftQFormat(common, lora)
        : longWorkFormat(common, source);
  }

  private LoftQFormat loftQFormat(CommonOptions common, LoraConfig lora) {
    if (format.equals(NONE)) {
      throw common.usage(
          "--init-lora-weights loftq starts from what 4 bits take away: it needs --quantize nf4");
    }
    return common.checked(() -> new LoftQFormat(new Quantizer(config()), lora));
  }

  private QuantConfig config() {
    QuantType type = format.equals(NONE) ? QuantType.NF4 : QuantType.of(format);
    return new QuantConfig(type, blockSize, !plainScales);
  }
}
