package io.github.lora4j.bench;

import io.github.lora4j.autograd.Parameter;
import io.github.lora4j.autograd.Tape;
import io.github.lora4j.autograd.Var;
import io.github.lora4j.checkpoint.SafetensorsFile;
import io.github.lora4j.compute.Compute;
import io.github.lora4j.optim.AdamW;
import io.github.lora4j.optim.AdamWConfig;
import io.github.lora4j.tensor.FrozenMatrix;
import io.github.lora4j.tensor.Tensor;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * QLoRA steps over the linear layers of a large decoder: random weights in NF4 with double
 * quantization are written to disk, read, and trained over with r = 16 on every layer, 256 tokens
 * and activation checkpointing. The layers stand in the order of a decoder's, without attention and
 * gates.
 */
final class QloraScaleBenchmark implements Benchmark {
  private static final int TOKENS = 256;
  private static final int STEPS = 2;

  private final String name;
  private final LayerStack.Shape shape;
  private final int tokens;

  QloraScaleBenchmark(String name, LayerStack.Shape shape, int tokens) {
    this.name = name;
    this.shape = shape;
    this.tokens = tokens;
  }

  /** The shape of Llama-2-7B. */
  static Benchmark sevenBillion() {
    return new QloraScaleBenchmark("qlora-7b", new LayerStack.Shape(4096, 11008, 32, 16), TOKENS);
  }

  /** The shape of Llama-2-13B. */
  static Benchmark thirteenBillion() {
    return new QloraScaleBenchmark("qlora-13b", new LayerStack.Shape(5120, 13824, 40, 16), TOKENS);
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public Map<String, Object> run(BenchOptions options) {
    try (Compute compute = Compute.withThreads(options.threads())) {
      Path file = Files.createTempFile("lora4j-" + name, ".safetensors");
      try {
        options.log().accept("writing " + shape.weights() + " weights in 4 bits");
        RandomFourBitFile.write(file, shape.matrices());
        return train(compute, file, options);
      } finally {
        Files.deleteIfExists(file);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private Map<String, Object> train(Compute compute, Path file, BenchOptions options)
      throws IOException {
    long start = System.nanoTime();
    LayerStack stack;
    try (SafetensorsFile weights = SafetensorsFile.open(file)) {
      stack = new LayerStack(compute, shape, weights);
    }
    double loading = seconds(start);
    options.log().accept(String.format("loaded in %.1f s", loading));
    AdamW optimizer = new AdamW(stack.parameters(), AdamWConfig.DEFAULT);
    double best = Double.MAX_VALUE;
    for (int step = 0; step < STEPS; step++) {
      long begin = System.nanoTime();
      optimizer.zeroGrad();
      step(compute, stack);
      optimizer.step(1e-4);
      best = Math.min(best, seconds(begin));
      options.log().accept(String.format("step %d: %.1f s", step + 1, seconds(begin)));
    }
    double limit = gemmLimit(compute);
    // Forward, the same once more for the gradients, and the gradient of the activations.
    double flop = 3 * 2.0 * shape.weights() * tokens;
    Map<String, Object> result = new LinkedHashMap<>();
    result.put("benchmark", name);
    result.put("java", Runtime.version().feature());
    result.put("threads", options.threads());
    result.put("weights", shape.weights());
    result.put("trainable", stack.parameters().stream().mapToLong(p -> p.value().size()).sum());
    result.put("file_gb", Files.size(file) / 1e9);
    result.put("tokens", tokens);
    result.put("seconds_loading", loading);
    result.put("seconds_per_step", best);
    result.put("gflops", flop / best / 1e9);
    result.put("gflops_of_float32_product", limit);
    result.put("share_of_float32_product", flop / best / 1e9 / limit);
    return result;
  }

  private void step(Compute compute, LayerStack stack) {
    try (Tape tape = Tape.training(compute, 0).checkpointActivations()) {
      Var out = stack.forward(tape, Var.constant(activations(1)));
      tape.backward(out, activations(2));
    }
    for (Parameter parameter : stack.parameters()) {
      float sum = 0;
      for (float g : parameter.grad().data()) {
        sum += Math.abs(g);
      }
      if (!(sum < Float.POSITIVE_INFINITY)) {
        throw new IllegalStateException("the gradient of " + parameter.name() + " is not finite");
      }
    }
  }

  /** What a float32 product of the same size reaches. */
  private double gemmLimit(Compute compute) {
    int n = shape.hidden();
    float[] w = new float[n * n];
    Arrays.fill(w, 0.01f);
    FrozenMatrix dense = compute.gemm().dense(w, n, n);
    float[] x = RandomValues.of(3, tokens * n);
    float[] y = new float[tokens * n];
    double seconds =
        BestOf.seconds(() -> compute.gemm().forward(compute.pool(), x, tokens, dense, null, y));
    return 2.0 * n * n * tokens / seconds / 1e9;
  }

  private Tensor activations(long seed) {
    int cols = shape.hidden();
    return Tensor.of(RandomValues.of(seed, tokens * cols), tokens, cols);
  }

  private static double seconds(long since) {
    return (System.nanoTime() - since) / 1e9;
  }
}
