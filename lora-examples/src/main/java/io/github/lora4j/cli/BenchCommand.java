package io.github.lora4j.cli;

import io.github.lora4j.bench.BenchOptions;
import io.github.lora4j.bench.Benchmark;
import io.github.lora4j.bench.Benchmarks;
import io.github.lora4j.models.causal.DecoderSource;
import io.github.lora4j.models.weights.WeightFormat;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code lora bench NAME}: runs a benchmark. */
@Command(
    name = "bench",
    mixinStandardHelpOptions = true,
    versionProvider = Version.class,
    description = "Runs a benchmark and prints its figures.")
final class BenchCommand implements Callable<Integer> {
  private final Console console;

  @Parameters(paramLabel = "NAME", description = "Which benchmark.")
  private String name;

  @Option(
      names = "--model",
      paramLabel = "M",
      description = "The checkpoint of train and decode: a directory or a GGUF file.")
  private Path model;

  @Mixin private QuantizeOptions quantize;
  @Mixin private CommonOptions common;

  BenchCommand(Console console) {
    this.console = console;
  }

  @Override
  public Integer call() {
    common.check();
    Benchmark benchmark =
        Benchmarks.all().stream()
            .filter(candidate -> candidate.name().equals(name))
            .findFirst()
            .orElseThrow(
                () ->
                    common.usage(
                        "no benchmark '"
                            + name
                            + "', known are "
                            + Benchmarks.all().stream().map(Benchmark::name).toList()));
    Map<String, Object> figures =
        new LinkedHashMap<>(
            benchmark.run(
                new BenchOptions(common.threads(), console::info, model, format(benchmark))));
    figures.put("peak_rss_mb", PeakMemory.megabytes());
    List<String> lines = new ArrayList<>();
    figures.forEach((key, value) -> lines.add(key + ": " + value));
    console.result(common.json(), figures, lines);
    return 0;
  }

  private WeightFormat format(Benchmark benchmark) {
    return model != null && benchmark.isLongWork()
        ? quantize.longWorkFormat(common, DecoderSource.of(model))
        : quantize.decoderFormat(common);
  }
}
