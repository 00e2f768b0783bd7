package io.github.lora4j.bench;

import io.github.lora4j.compute.Compute;
import io.github.lora4j.lora.LoraConfig;
import io.github.lora4j.lora.ModuleSelector;
import io.github.lora4j.models.causal.CausalExample;
import io.github.lora4j.models.causal.CausalLmTask;
import io.github.lora4j.models.causal.DecoderBase;
import io.github.lora4j.models.causal.DecoderSource;
import io.github.lora4j.optim.AdamW;
import io.github.lora4j.optim.AdamWConfig;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

/**
 * Steps of LoRA training of a language model: batches of 4 x 128 random tokens, all of them
 * learned, r = 8 on all linear layers.
 */
final class TrainBenchmark implements Benchmark {
  private static final int BATCH = 4;
  private static final int TOKENS = 128;
  private static final int STEPS = 10;
  private static final int FIRST_TOKEN = 3;

  @Override
  public String name() {
    return "train";
  }

  @Override
  public boolean isLongWork() {
    return true;
  }

  @Override
  public Map<String, Object> run(BenchOptions options) {
    try (Compute compute = Compute.withThreads(options.threads())) {
      DecoderBase base = DecoderSource.of(options.requireModel()).open(compute, options.format());
      LoraConfig lora =
          LoraConfig.builder()
              .r(8)
              .loraAlpha(16)
              .targetModules(new ModuleSelector.AllLinear())
              .build();
      List<CausalExample> examples = examples(base.model().sizes().vocabSize());
      CausalLmTask task = new CausalLmTask(base, lora, examples, List.of(), 0);
      AdamW optimizer = new AdamW(task.parameters(), AdamWConfig.DEFAULT);
      int[] batch = {0, 1, 2, 3};
      double best = Double.MAX_VALUE;
      for (int step = 0; step < STEPS; step++) {
        long start = System.nanoTime();
        optimizer.zeroGrad();
        task.accumulate(batch, task.labels(batch), step);
        optimizer.step(2e-4);
        double seconds = (System.nanoTime() - start) / 1e9;
        options.log().accept(String.format("%.0f tokens/s", BATCH * TOKENS / seconds));
        best = Math.min(best, seconds);
      }
      Map<String, Object> result = new LinkedHashMap<>();
      result.put("benchmark", name());
      result.put("java", Runtime.version().feature());
      result.put("threads", options.threads());
      result.put("model", base.name());
      result.put("weights", base.weights());
      result.put("trainable", task.trainableParameters());
      result.put("tokens_per_second", BATCH * TOKENS / best);
      result.put("seconds_per_step", best);
      result.put("activations_mb", compute.buffers().peakBytes() / (double) (1 << 20));
      return result;
    }
  }

  private static List<CausalExample> examples(int vocab) {
    Random random = new Random(0);
    List<CausalExample> examples = new ArrayList<>();
    for (int i = 0; i < BATCH; i++) {
      int[] ids = random.ints(TOKENS, FIRST_TOKEN, vocab).toArray();
      examples.add(CausalExample.completion(new int[0], ids));
    }
    return examples;
  }
}
