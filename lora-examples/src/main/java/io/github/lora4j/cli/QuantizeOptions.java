package io.github.lora4j.cli;

import io.github.lora4j.lora.LoraConfig;
import io.github.lora4j.lora.LoraInit;
import io.github.lora4j.models.weights.LoftQFormat;
import io.github.lora4j.models.weights.WeightFormat;
import io.github.lora4j.quant.QuantConfig;
import io.github.lora4j.quant.QuantType;
import io.github.lora4j.quant.Quantizer;
import picocli.CommandLine.Option;

/** The format in which the base holds its frozen weights. */
final class QuantizeOptions {
  private static final String NONE = "none";

  @Option(
      names = "--quantize",
      paramLabel = "FORMAT",
      defaultValue = NONE,
      description = {
        "Format of the frozen weights of linear layers: none (float32, the default),",
        "nf4 or fp4 (4 bits, as bitsandbytes)."
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

  /** The format of the weights. */
  WeightFormat weightFormat(CommonOptions common) {
    QuantConfig config = common.checked(this::config);
    return format.equals(NONE) ? WeightFormat.FLOAT32 : WeightFormat.quantized(config);
  }

  /**
   * The format of the weights for training: with the starts of LoftQ, if the adapter begins so.
   *
   * @throws picocli.CommandLine.ParameterException if the options do not go together
   */
  WeightFormat weightFormat(CommonOptions common, LoraConfig lora) {
    if (lora.initLoraWeights() != LoraInit.LOFTQ) {
      return weightFormat(common);
    }
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
