package io.github.lora4j.bench;

import io.github.lora4j.compute.Compute;
import io.github.lora4j.lora.ActiveAdapter;
import io.github.lora4j.models.causal.DecoderBase;
import io.github.lora4j.models.causal.DecoderSource;
import io.github.lora4j.models.generate.GenerationEngine;
import io.github.lora4j.models.generate.GenerationRequest;
import io.github.lora4j.models.generate.TokenChooser;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;

/** Speed of a language model: a prompt of 512 tokens, then 64 tokens one after the other. */
final class DecodeBenchmark implements Benchmark {
  private static final int PROMPT = 512;
  private static final int GENERATED = 65;
  private static final int FIRST_TOKEN = 1000;
  private static final int RUNS = 5;

  @Override
  public String name() {
    return "decode";
  }

  @Override
  public boolean isLongWork() {
    return true;
  }

  @Override
  public Map<String, Object> run(BenchOptions options) {
    try (Compute compute = Compute.withThreads(options.threads())) {
      long start = System.nanoTime();
      DecoderBase base = DecoderSource.of(options.requireModel()).open(compute, options.format());
      double loading = (System.nanoTime() - start) / 1e9;
      double prefill = 0;
      double decode = 0;
      for (int run = 0; run < RUNS; run++) {
        Times times = measure(compute, base);
        options
            .log()
            .accept(
                String.format("prefill %.0f, decode %.1f tokens/s", times.prefill, times.decode));
        prefill = Math.max(prefill, times.prefill);
        decode = Math.max(decode, times.decode);
      }
      Map<String, Object> result = new LinkedHashMap<>();
      result.put("benchmark", name());
      result.put("java", Runtime.version().feature());
      result.put("threads", options.threads());
      result.put("model", base.name());
      result.put("weights_mb", base.model().weightBytes() / (double) (1 << 20));
      result.put("seconds_loading", loading);
      result.put("prompt_tokens", PROMPT);
      result.put("prefill_tokens_per_second", prefill);
      result.put("decode_tokens_per_second", decode);
      return result;
    }
  }

  private record Times(double prefill, double decode) {}

  private static Times measure(Compute compute, DecoderBase base) {
    int[] prompt = IntStream.range(FIRST_TOKEN, FIRST_TOKEN + PROMPT).toArray();
    long[] first = new long[1];
    GenerationEngine engine = new GenerationEngine(compute, base.model());
    long start = System.nanoTime();
    engine.submit(
        new GenerationRequest(
            prompt,
            GENERATED,
            Set.of(),
            ActiveAdapter.NONE,
            TokenChooser.greedy(),
            token -> {
              first[0] = first[0] == 0 ? System.nanoTime() : first[0];
              return true;
            }));
    engine.run();
    double decoding = (System.nanoTime() - first[0]) / 1e9;
    return new Times(PROMPT / ((first[0] - start) / 1e9), (GENERATED - 1) / decoding);
  }
}
