package io.github.lora4j.cli;

import io.github.lora4j.compute.Compute;
import io.github.lora4j.models.causal.DecoderQuantizer;
import io.github.lora4j.models.causal.DecoderSource;
import io.github.lora4j.models.encoder.EncoderQuantizer;
import io.github.lora4j.models.hub.HubEnvironment;
import io.github.lora4j.models.minilm.MiniLm;
import io.github.lora4j.models.weights.CheckpointQuantizer;
import io.github.lora4j.quant.QuantConfig;
import io.github.lora4j.quant.QuantType;
import io.github.lora4j.quant.Quantizer;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code lora quantize}: writes a model with its linear layers in 4 bits. */
@Command(
    name = "quantize",
    mixinStandardHelpOptions = true,
    versionProvider = Version.class,
    sortOptions = false,
    description = "Writes a model with its linear layers in 4 bits, as bitsandbytes stores them.")
final class QuantizeCommand implements Callable<Integer> {
  private final Console console;

  @Option(
      names = "--model",
      paramLabel = "M",
      defaultValue = MiniLm.NAME,
      description = {
        "The model: " + MiniLm.NAME + " (the default), a checkpoint directory, a GGUF file, or",
        "owner/name[@revision][:FILE.gguf] of one on the Hub."
      })
  private String model;

  @Option(names = "--type", paramLabel = "TYPE", required = true, description = "nf4 or fp4.")
  private String type;

  @Option(names = "--double-quant", description = "Quantize the scales to 8 bits as well.")
  private boolean doubleQuant;

  @Option(
      names = "--quant-block-size",
      paramLabel = "N",
      defaultValue = "64",
      description = "Weights that share a scale (${DEFAULT-VALUE}).")
  private int blockSize;

  @Option(
      names = "--out",
      paramLabel = "DIR",
      required = true,
      description = "Where the checkpoint goes: a new or empty folder.")
  private Path out;

  @Mixin private CommonOptions common;

  QuantizeCommand(Console console) {
    this.console = console;
  }

  @Override
  public Integer call() throws IOException {
    Stopwatch watch = new Stopwatch();
    common.check();
    QuantConfig config =
        common.checked(() -> new QuantConfig(QuantType.of(type), blockSize, doubleQuant));
    ModelPath.requireKnown(common, model);
    OutputDirectory.requireEmpty(out);
    ModelPath found = ModelPath.resolve(console, HubEnvironment.ofProcess(), model);
    CheckpointQuantizer.Report report;
    try (Compute compute = common.compute()) {
      report = write(compute, found, new Quantizer(config));
    }
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("out", out.toString());
    json.put("type", config.type().id());
    json.put("double_quant", doubleQuant);
    json.put("quantized_tensors", report.quantized());
    json.put("kept_tensors", report.kept());
    json.put("quantized_weights", report.weights());
    json.put("bits_per_weight", report.bytes() * 8.0 / report.weights());
    json.put("peak_rss_mb", PeakMemory.megabytes());
    json.put("seconds", watch.seconds());
    String line =
        String.format(
            Locale.ROOT,
            "Packed %,d weights of %d linear layers with %.2f bits each in %.1f s: %s",
            report.weights(),
            report.quantized(),
            report.bytes() * 8.0 / report.weights(),
            watch.seconds(),
            out);
    console.result(common.json(), json, List.of(line));
    return 0;
  }

  private CheckpointQuantizer.Report write(Compute compute, ModelPath found, Quantizer quantizer) {
    Optional<DecoderSource> decoder = found.decoder();
    if (decoder.isPresent()) {
      return DecoderQuantizer.write(compute, decoder.get(), quantizer, out);
    }
    String encoder = found.path().map(Path::toString).orElse(found.name());
    return EncoderQuantizer.write(compute.pool(), encoder, quantizer, out);
  }
}
