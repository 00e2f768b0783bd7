package io.github.lora4j.cli;

import io.github.lora4j.adapter.LoraAdapter;
import io.github.lora4j.adapter.PeftAdapterFiles;
import io.github.lora4j.adapter.combine.AdapterCombination;
import io.github.lora4j.adapter.combine.AdapterCombiner;
import io.github.lora4j.adapter.combine.WeightedAdapter;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code lora combine}: one adapter out of several. */
@Command(
    name = "combine",
    mixinStandardHelpOptions = true,
    versionProvider = Version.class,
    sortOptions = false,
    description = "Writes one adapter that does what several do, each with a weight.")
final class CombineCommand implements Callable<Integer> {
  private final Console console;

  @Option(
      names = "--adapter",
      paramLabel = "[NAME=]DIR",
      required = true,
      converter = NamedAdapterConverter.class,
      description = {
        "An adapter in PEFT's layout, its folder or owner/name[@revision] of one on the Hub;",
        "repeated for each."
      })
  private List<NamedAdapter> adapters;

  @Option(
      names = "--weights",
      paramLabel = "W",
      required = true,
      split = ",",
      description = "A weight for each adapter, with commas between them; may be negative.")
  private List<Double> weights;

  @Mixin private CombinationOptions combination;

  @Option(
      names = "--out",
      paramLabel = "DIR",
      required = true,
      description = "Where the adapter goes: a new or empty folder.")
  private Path out;

  @Mixin private CommonOptions common;

  CombineCommand(Console console) {
    this.console = console;
  }

  @Override
  public Integer call() throws IOException {
    Stopwatch watch = new Stopwatch();
    common.check();
    check();
    AdapterCombination how = combination.combination(common);
    OutputDirectory.requireEmpty(out);
    List<WeightedAdapter> parts = new ArrayList<>();
    List<Path> folders = adapters.stream().map(adapter -> adapter.find(console)).toList();
    for (int i = 0; i < adapters.size(); i++) {
      LoraAdapter adapter = PeftAdapterFiles.load(adapters.get(i).name(), folders.get(i));
      double weight = weights.get(i);
      parts.add(common.checked(() -> new WeightedAdapter(adapter, weight)));
    }
    LoraAdapter combined = AdapterCombiner.combine(NamedAdapter.nameOf(out), parts, how);
    PeftAdapterFiles.save(combined, out, PeftAdapterFiles.modulePrefix(folders.get(0)));
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("out", out.toString());
    json.put("adapters", adapters.stream().map(NamedAdapter::name).toList());
    json.put("weights", weights);
    json.put("combination_type", how.type().value());
    json.put("r", combined.config().r());
    json.put("modules", combined.weights().size());
    json.put("bytes", combined.byteSize());
    json.put("seconds", watch.seconds());
    String line =
        String.format(
            Locale.ROOT,
            "Combined %d adapters by %s to rank %d in %.1f s: %s",
            adapters.size(),
            how.type().value(),
            combined.config().r(),
            watch.seconds(),
            out);
    console.result(common.json(), json, List.of(line));
    return 0;
  }

  private void check() {
    if (weights.size() != adapters.size()) {
      throw common.usage(
          "--weights has " + weights.size() + " for " + adapters.size() + " adapters");
    }
    Set<String> names = new HashSet<>();
    for (NamedAdapter adapter : adapters) {
      if (!names.add(adapter.name())) {
        throw common.usage("two adapters are named '" + adapter.name() + "'; use NAME=DIR");
      }
    }
  }
}
