package io.github.lora4j.cli;

import io.github.lora4j.adapter.LoraAdapter;
import io.github.lora4j.checkpoint.DType;
import io.github.lora4j.models.causal.DecoderSource;
import io.github.lora4j.models.gguf.GgufAdapterFiles;
import io.github.lora4j.models.hub.HubEnvironment;
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

/** {@code lora export-gguf}: writes an adapter as llama.cpp loads it. */
@Command(
    name = "export-gguf",
    mixinStandardHelpOptions = true,
    versionProvider = Version.class,
    sortOptions = false,
    description = "Writes the adapter of a language model as a GGUF file, which llama.cpp loads.")
final class ExportGgufCommand implements Callable<Integer> {
  private static final Map<String, DType> TYPES =
      Map.of("float32", DType.F32, "float16", DType.F16, "bfloat16", DType.BF16);

  private final Console console;

  @Option(
      names = "--model",
      paramLabel = "M",
      required = true,
      description = {
        "The base: a checkpoint directory, a GGUF file, or owner/name of a model on the Hugging",
        "Face Hub. Of it only the configuration is read."
      })
  private String model;

  @Option(
      names = "--adapter",
      paramLabel = "DIR",
      required = true,
      description = "The adapter: its folder, a GGUF file, or owner/name of one on the Hub.")
  private String adapter;

  @Option(
      names = "--out",
      paramLabel = "FILE.gguf",
      required = true,
      description = "Where the adapter goes; a file that is there is replaced.")
  private Path out;

  @Option(
      names = "--dtype",
      paramLabel = "TYPE",
      defaultValue = "float32",
      description = "Type of A and B: float32 (the default), float16 or bfloat16.")
  private String dtype;

  @Mixin private CommonOptions common;

  ExportGgufCommand(Console console) {
    this.console = console;
  }

  @Override
  public Integer call() {
    Stopwatch watch = new Stopwatch();
    common.check();
    DType type = TYPES.get(dtype);
    if (type == null) {
      throw common.usage(
          "unknown --dtype '" + dtype + "', known are float32, float16 and bfloat16");
    }
    if (!GgufAdapterFiles.isGguf(out)) {
      throw common.usage("--out " + out + " is no file that ends in .gguf");
    }
    ModelPath.requireKnown(common, model);
    DecoderSource base =
        ModelPath.resolve(console, HubEnvironment.ofProcess(), model)
            .decoder()
            .orElseThrow(
                () -> common.usage("export-gguf needs a decoder, and " + model + " is none"));
    LoraAdapter loaded = NamedAdapter.of(adapter).load(console, () -> Optional.of(base));
    GgufAdapterFiles.save(loaded, out, base.ggufBase(), type);
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("out", out.toString());
    json.put("adapter", adapter);
    json.put("architecture", base.ggufBase().architecture());
    json.put("modules", loaded.weights().size());
    json.put("dtype", dtype);
    json.put("seconds", watch.seconds());
    String line =
        String.format(
            Locale.ROOT,
            "Wrote A and B of %d modules in %.1f s: %s",
            loaded.weights().size(),
            watch.seconds(),
            out);
    console.result(common.json(), json, List.of(line));
    return 0;
  }
}
