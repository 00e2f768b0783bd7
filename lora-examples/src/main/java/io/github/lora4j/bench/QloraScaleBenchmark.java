package io.github.lora4j.bench;

import io.github.lora4j.autograd.Parameter;
import io.github.lora4j.compute.Compute;
import io.github.lora4j.lora.LoraConfig;
import io.github.lora4j.lora.ModuleSelector;
import io.github.lora4j.models.causal.CausalExample;
import io.github.lora4j.models.causal.CausalLmTask;
import io.github.lora4j.models.causal.DecoderBase;
import io.github.lora4j.models.causal.DecoderSource;
import io.github.lora4j.models.weights.WeightFormat;
import io.github.lora4j.optim.AdamW;
import io.github.lora4j.optim.AdamWConfig;
import io.github.lora4j.tensor.FrozenMatrix;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

/**
 * QLoRA steps over a large Llama of random weights: a checkpoint in NF4 with double quantization is
 * written to disk, opened, and trained over with r = 16 on every linear layer, one text of 256
 * tokens, all of them learned, and activation checkpointing.
 */
final class QloraScaleBenchmark implements Benchmark {
  private static final int TOKENS = 256;
  private static final int STEPS = 2;
  private static final int VOCAB = 32000;

  private final String name;
  private final RandomLlama model;
  private final int r;
  private final int tokens;

  QloraScaleBenchmark(String name, RandomLlama model, int r, int tokens) {
    this.name = name;
    this.model = model;
    this.r = r;
    this.tokens = tokens;
  }

  /** The shape of Llama-2-7B. */
  static Benchmark sevenBillion() {
    return new QloraScaleBenchmark(
        "qlora-7b", new RandomLlama(4096, 11008, 32, 32, VOCAB), 16, TOKENS);
  }

  /** The shape of Llama-2-13B. */
  static Benchmark thirteenBillion() {
    return new QloraScaleBenchmark(
        "qlora-13b", new RandomLlama(5120, 13824, 40, 40, VOCAB), 16, TOKENS);
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public Map<String, Object> run(BenchOptions options) {
    try (Compute compute = Compute.withThreads(options.threads())) {
      Path folder = Files.createTempDirectory("lora4j-" + name);
      try {
        options.log().accept("writing " + model.weights() + " weights in 4 bits");
        model.write(folder);
        return train(compute, folder, options);
      } finally {
        for (Path file : List.of(folder.resolve("config.json"), weights(folder), folder)) {
          Files.deleteIfExists(file);
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Path weights(Path folder) {
    return folder.resolve("model.safetensors");
  }

  private Map<String, Object> train(Compute compute, Path folder, BenchOptions options)
      throws IOException {
    long start = System.nanoTime();
    DecoderBase base = DecoderSource.of(folder).open(compute, WeightFormat.STORED);
    double loading = seconds(start);
    options.log().accept(String.format("loaded in %.1f s", loading));
    CausalLmTask task = new CausalLmTask(base, lora(), List.of(example()), List.of(), 0);
    task.checkpointActivations(true);
    AdamW optimizer = new AdamW(task.parameters(), AdamWConfig.DEFAULT);
    double best = Double.MAX_VALUE;
    for (int step = 0; step < STEPS; step++) {
      long begin = System.nanoTime();
      optimizer.zeroGrad();
      double loss = task.accumulate(new int[] {0}, tokens - 1, step).sum() / (tokens - 1);
      optimizer.step(1e-4);
      best = Math.min(best, seconds(begin));
      requireFinite(loss, task.parameters());
      options
          .log()
          .accept(String.format("step %d: %.1f s, loss %.3f", step + 1, seconds(begin), loss));
    }
    double limit = gemmLimit(compute);
    // Forward, the same once more for the gradients, and the gradient of the activations; the
    // output layer is not computed again.
    double flop = 2.0 * (3 * model.weights() * tokens + 2 * model.headWeights() * (tokens - 1));
    Map<String, Object> result = new LinkedHashMap<>();
    result.put("benchmark", name);
    result.put("java", Runtime.version().feature());
    result.put("threads", options.threads());
    result.put("weights", model.weights());
    result.put("trainable", task.trainableParameters());
    result.put("file_gb", Files.size(weights(folder)) / 1e9);
    result.put("tokens", tokens);
    result.put("seconds_loading", loading);
    result.put("seconds_per_step", best);
    result.put("gflops", flop / best / 1e9);
    result.put("gflops_of_float32_product", limit);
    result.put("share_of_float32_product", flop / best / 1e9 / limit);
    return result;
  }

  private LoraConfig lora() {
    return LoraConfig.builder()
        .r(r)
        .loraAlpha(2 * r)
        .targetModules(new ModuleSelector.AllLinear())
        .build();
  }

  private CausalExample example() {
    int[] ids = new Random(1).ints(tokens, 0, model.vocab()).toArray();
    return CausalExample.completion(new int[0], ids);
  }

  private static void requireFinite(double loss, List<Parameter> parameters) {
    for (Parameter parameter : parameters) {
      float sum = 0;
      for (float g : parameter.grad().data()) {
        sum += Math.abs(g);
      }
      if (!(sum < Float.POSITIVE_INFINITY) || !Double.isFinite(loss)) {
        throw new IllegalStateException("the gradient of " + parameter.name() + " is not finite");
      }
    }
  }

  /** What a float32 product of the same size reaches. */
  private double gemmLimit(Compute compute) {
    int n = model.hidden();
    float[] w = new float[n * n];
    Arrays.fill(w, 0.01f);
    FrozenMatrix dense = compute.gemm().dense(w, n, n);
    float[] x = RandomValues.of(3, tokens * n);
    float[] y = new float[tokens * n];
    double seconds =
        BestOf.seconds(() -> compute.gemm().forward(compute.pool(), x, tokens, dense, null, y));
    return 2.0 * n * n * tokens / seconds / 1e9;
  }

  private static double seconds(long since) {
    return (System.nanoTime() - since) / 1e9;
  }
}
