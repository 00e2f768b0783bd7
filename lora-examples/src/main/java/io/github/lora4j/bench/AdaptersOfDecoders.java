package io.github.lora4j.bench;

import io.github.lora4j.adapter.AdapterInfo;
import io.github.lora4j.adapter.InferenceAdapter;
import io.github.lora4j.adapter.LoraAdapter;
import io.github.lora4j.adapter.TrainableAdapter;
import io.github.lora4j.compute.Compute;
import io.github.lora4j.lora.ActiveAdapter;
import io.github.lora4j.lora.LoraConfig;
import io.github.lora4j.lora.ModuleSelector;
import io.github.lora4j.models.causal.DecoderBase;
import io.github.lora4j.models.generate.GenerationEngine;
import io.github.lora4j.models.generate.GenerationRequest;
import io.github.lora4j.models.generate.TokenChooser;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.IntStream;

/**
 * What adapters cost when a language model generates: one on all linear layers against none, and
 * eight in one batch against one. Rounds of each take turns, since a shared machine changes its
 * speed; the best of each counts.
 */
final class AdaptersOfDecoders {
  private static final int ROUNDS = 8;
  private static final int SEQUENCES = 8;
  private static final int PROMPT = 64;
  private static final int GENERATED = 65;
  private static final int FIRST_TOKEN = 100;

  private final Compute compute;
  private final DecoderBase base;
  private final Consumer<String> log;

  AdaptersOfDecoders(Compute compute, DecoderBase base, Consumer<String> log) {
    this.compute = compute;
    this.base = base;
    this.log = log;
  }

  void run(Map<String, Object> result) {
    List<ActiveAdapter> adapters =
        IntStream.range(0, SEQUENCES).<ActiveAdapter>mapToObj(this::adapter).toList();
    List<ActiveAdapter> none = List.of(ActiveAdapter.NONE);
    List<List<ActiveAdapter>> loads =
        List.of(
            none,
            adapters.subList(0, 1),
            Collections.nCopies(SEQUENCES, ActiveAdapter.NONE),
            Collections.nCopies(SEQUENCES, adapters.get(0)),
            adapters);
    double[] seconds = new double[loads.size()];
    Arrays.fill(seconds, Double.MAX_VALUE);
    for (int round = 0; round < ROUNDS; round++) {
      for (int i = 0; i < seconds.length; i++) {
        seconds[i] = Math.min(seconds[i], decode(loads.get(i)));
      }
      log.accept(
          String.format(
              "decoding with an adapter %.3f of the time without", seconds[1] / seconds[0]));
    }
    result.put("model", base.name());
    result.put("decode_tokens_per_second_base", (GENERATED - 1) / seconds[0]);
    result.put("decode_tokens_per_second_adapter", (GENERATED - 1) / seconds[1]);
    result.put("unmerged_to_merged_time", seconds[1] / seconds[0]);
    result.put("eight_sequences_tokens_per_second_base", rate(seconds[2]));
    result.put("eight_sequences_tokens_per_second_one_adapter", rate(seconds[3]));
    result.put("eight_sequences_tokens_per_second_eight_adapters", rate(seconds[4]));
    result.put("eight_adapters_to_one", seconds[3] / seconds[4]);
  }

  private static double rate(double seconds) {
    return SEQUENCES * (GENERATED - 1) / seconds;
  }

  /** Rank 8 on all linear layers; zeros in B cost as much as other numbers. */
  private ActiveAdapter adapter(int seed) {
    LoraConfig config =
        LoraConfig.builder()
            .r(8)
            .loraAlpha(16)
            .targetModules(new ModuleSelector.AllLinear())
            .build();
    TrainableAdapter made = new TrainableAdapter(config, base.baseCheck().modules(), seed);
    LoraAdapter adapter = made.snapshot("adapter-" + seed, config, Map.of(), AdapterInfo.NONE);
    return new InferenceAdapter(adapter);
  }

  /** Seconds from the first generated token of the last sequence to the last token. */
  private double decode(List<ActiveAdapter> adapters) {
    GenerationEngine engine = new GenerationEngine(compute, base.model());
    int[] prompt = IntStream.range(FIRST_TOKEN, FIRST_TOKEN + PROMPT).toArray();
    List<Long> firsts = new ArrayList<>();
    for (ActiveAdapter adapter : adapters) {
      boolean[] begun = new boolean[1];
      engine.submit(
          new GenerationRequest(
              prompt,
              GENERATED,
              Set.of(),
              adapter,
              TokenChooser.greedy(),
              token -> {
                if (!begun[0]) {
                  begun[0] = true;
                  firsts.add(System.nanoTime());
                }
                return true;
              }));
    }
    engine.run();
    return (System.nanoTime() - firsts.get(firsts.size() - 1)) / 1e9;
  }
}
