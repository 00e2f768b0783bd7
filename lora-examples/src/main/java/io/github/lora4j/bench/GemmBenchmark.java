package io.github.lora4j.bench;

import io.github.lora4j.compute.Activation;
import io.github.lora4j.compute.Compute;
import io.github.lora4j.tensor.FrozenMatrix;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * Matrix products forward and backward, and the row operations of an encoder: the best of many
 * runs, as {@code scripts/bench/peer_gemm.py} measures them with PyTorch.
 */
final class GemmBenchmark implements Benchmark {
  private static final int[][] SHAPES = {
    {510, 768, 768}, {510, 2048, 2048}, {510, 2048, 5632}, {126, 576, 1536}, {510, 576, 1536}
  };
  private static final int ROWS = 512;
  private static final int COLS = 2048;

  @Override
  public String name() {
    return "gemm";
  }

  @Override
  public Map<String, Object> run(BenchOptions options) {
    try (Compute compute = Compute.withThreads(options.threads())) {
      List<Map<String, Object>> figures = new ArrayList<>();
      for (int[] shape : SHAPES) {
        figures.addAll(products(compute, shape[0], shape[1], shape[2]));
        options
            .log()
            .accept(figures.get(figures.size() - 2) + " " + figures.get(figures.size() - 1));
      }
      figures.addAll(rowOperations(compute));
      Map<String, Object> result = new LinkedHashMap<>();
      result.put("benchmark", name());
      result.put("kernels", compute.set().name().toLowerCase(Locale.ROOT));
      result.put("java", Runtime.version().feature());
      result.put("threads", options.threads());
      result.put("figures", figures);
      return result;
    }
  }

  private static List<Map<String, Object>> products(Compute compute, int rows, int in, int out) {
    float[] x = RandomValues.of(1, rows * in);
    float[] dx = new float[rows * in];
    float[] y = RandomValues.of(1, rows * out);
    FrozenMatrix w = compute.gemm().dense(RandomValues.of(1, out * in), out, in);
    double forward =
        BestOf.seconds(() -> compute.gemm().forward(compute.pool(), x, rows, w, null, y));
    double backward =
        BestOf.seconds(() -> compute.gemm().backward(compute.pool(), y, rows, w, dx, false));
    double flop = 2.0 * rows * in * out;
    return List.of(
        product("linear", rows, in, out, forward, flop),
        product("linear_backward", rows, in, out, backward, flop));
  }

  private static Map<String, Object> product(
      String op, int rows, int in, int out, double seconds, double flop) {
    Map<String, Object> figure = new LinkedHashMap<>();
    figure.put("op", op);
    figure.put("rows", rows);
    figure.put("in", in);
    figure.put("out", out);
    figure.put("ms", round(seconds * 1e3, 1e4));
    figure.put("gflops", round(flop / seconds / 1e9, 10));
    return figure;
  }

  private static List<Map<String, Object>> rowOperations(Compute compute) {
    float[] x = RandomValues.of(1, ROWS * COLS);
    float[] y = new float[ROWS * COLS];
    float[] stats = new float[2 * ROWS];
    float[] gamma = RandomValues.of(1, COLS);
    float[] beta = RandomValues.of(1, COLS);
    double softmax =
        BestOf.seconds(
            () ->
                compute
                    .pool()
                    .forRanges(
                        ROWS,
                        16,
                        (from, to) -> {
                          // PyTorch's softmax does not work in place either.
                          System.arraycopy(x, from * COLS, y, from * COLS, (to - from) * COLS);
                          compute.kernels().softmax(y, from * COLS, to - from, COLS, COLS);
                        }));
    double gelu =
        BestOf.seconds(
            () ->
                compute
                    .pool()
                    .forRanges(
                        x.length,
                        1 << 14,
                        (from, to) -> compute.kernels().activate(Activation.GELU, x, y, from, to)));
    double layerNorm =
        BestOf.seconds(
            () ->
                compute
                    .pool()
                    .forRanges(
                        ROWS,
                        16,
                        (from, to) ->
                            compute
                                .kernels()
                                .layerNorm(x, gamma, beta, 1e-12f, COLS, y, stats, from, to)));
    return List.of(
        rowOperation("softmax", softmax),
        rowOperation("gelu", gelu),
        rowOperation("layer_norm", layerNorm));
  }

  private static Map<String, Object> rowOperation(String op, double seconds) {
    Map<String, Object> figure = new LinkedHashMap<>();
    figure.put("op", op);
    figure.put("rows", ROWS);
    figure.put("columns", COLS);
    figure.put("ms", round(seconds * 1e3, 1e4));
    return figure;
  }

  private static double round(double value, double unit) {
    return Math.round(value * unit) / unit;
  }
}
