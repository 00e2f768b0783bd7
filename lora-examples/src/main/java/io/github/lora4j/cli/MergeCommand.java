package io.github.lora4j.cli;

import io.github.lora4j.adapter.LoraAdapter;
import io.github.lora4j.compute.Compute;
import io.github.lora4j.models.hub.HubEnvironment;
import io.github.lora4j.models.merge.CheckpointMerger;
import io.github.lora4j.models.merge.PackedMerge;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code lora merge}: writes a checkpoint with an adapter added into its weights. */
@Command(
    name = "merge",
    mixinStandardHelpOptions = true,
    versionProvider = Version.class,
    sortOptions = false,
    description = "Writes a checkpoint with an adapter added into its weights.")
final class MergeCommand implements Callable<Integer> {
  private final Console console;

  @Option(
      names = "--model",
      paramLabel = "M",
      required = true,
      description = {
        "The base: a checkpoint directory, or owner/name of a model on the Hugging Face Hub,",
        "with safetensors in 4, 16 or 32 bits."
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
      paramLabel = "DIR",
      required = true,
      description = "Where the checkpoint goes: a new or empty folder.")
  private Path out;

  @Option(
      names = "--dtype",
      paramLabel = "TYPE",
      description = {
        "For a checkpoint with weights in 4 bits, their type in the new one: float32 (the default),",
        "bfloat16 or float16."
      })
  private String dtype;

  @Option(
      names = "--requantize",
      description = {
        "For a checkpoint with weights in 4 bits: pack them again, as PEFT does, which loses part of",
        "the adapter."
      })
  private boolean requantize;

  @Mixin private CommonOptions common;

  MergeCommand(Console console) {
    this.console = console;
  }

  @Override
  public Integer call() throws IOException {
    Stopwatch watch = new Stopwatch();
    common.check();
    PackedMerge form = form();
    ModelPath.requireKnown(common, model);
    OutputDirectory.requireEmpty(out);
    ModelPath found = ModelPath.resolve(console, HubEnvironment.ofProcess(), model);
    LoraAdapter loaded = NamedAdapter.of(adapter).load(console, found::decoder);
    Path base =
        found
            .path()
            .filter(Files::isDirectory)
            .orElseThrow(
                () ->
                    common.usage(
                        model
                            + " is no checkpoint directory: an adapter is merged into safetensors"
                            + " in 4, 16 or 32 bits"));
    CheckpointMerger.Report report;
    try (Compute compute = Compute.withThreads(common.threads())) {
      CheckpointMerger merger = new CheckpointMerger(compute);
      report =
          form == null ? merger.merge(base, loaded, out) : merger.merge(base, loaded, out, form);
    }
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("out", out.toString());
    json.put("adapter", adapter);
    json.put("merged_tensors", report.merged());
    json.put("replaced_tensors", report.replaced());
    json.put("kept_tensors", report.kept());
    json.put("peak_rss_mb", PeakMemory.megabytes());
    json.put("seconds", watch.seconds());
    String line =
        String.format(
            Locale.ROOT, "Merged %d weights in %.1f s: %s", report.merged(), watch.seconds(), out);
    console.result(common.json(), json, List.of(line));
    return 0;
  }

  /** Null if nothing was said. */
  private PackedMerge form() {
    if (requantize && dtype != null) {
      throw common.usage("--requantize and --dtype " + dtype + " exclude each other");
    }
    if (requantize) {
      return PackedMerge.PACKED;
    }
    return dtype == null
        ? null
        : switch (dtype) {
          case "float32" -> PackedMerge.FLOAT32;
          case "bfloat16" -> PackedMerge.BFLOAT16;
          case "float16" -> PackedMerge.FLOAT16;
          default ->
              throw common.usage(
                  "unknown --dtype '" + dtype + "', known are float32, bfloat16 and float16");
        };
  }
}
