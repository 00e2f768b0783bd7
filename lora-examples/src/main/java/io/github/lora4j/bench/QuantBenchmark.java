package io.github.lora4j.bench;

import io.github.lora4j.compute.Compute;
import io.github.lora4j.quant.FourBitMatrix;
import io.github.lora4j.quant.FourBitWeights;
import io.github.lora4j.quant.QuantConfig;
import io.github.lora4j.quant.QuantType;
import io.github.lora4j.quant.Quantizer;
import io.github.lora4j.quant.gguf.GgufType;
import io.github.lora4j.tensor.FrozenMatrix;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/**
 * NF4: packing, and products with 1 to 512 rows against float32 weights of the same shape, as
 * {@code scripts/bench/peer_quant.py} measures them with bitsandbytes; decoding of the block types
 * of GGUF on one thread, and products over some of them.
 */
final class QuantBenchmark implements Benchmark {
  private static final int[][] SHAPES = {{2048, 2048}, {5632, 2048}};
  private static final int[] ROWS = {1, 2, 4, 8, 64, 512};
  private static final Set<GgufType> MULTIPLIED =
      EnumSet.of(GgufType.Q4_0, GgufType.Q4_K, GgufType.Q5_0, GgufType.Q6_K, GgufType.Q8_0);
  private static final int[] BLOCK_ROWS = {1, 4, 8, 64, 512};

  /** So many matrices of the larger shape do not fit a cache. */
  private static final int MANY = 40;

  /** A panel as products decode it; both divide the shapes. */
  private static final int WIDTH = 16;

  private static final int DEPTH = 512;

  @Override
  public String name() {
    return "quant";
  }

  @Override
  public Map<String, Object> run(BenchOptions options) {
    try (Compute compute = Compute.withThreads(options.threads())) {
      List<Map<String, Object>> figures = new ArrayList<>();
      for (int[] shape : SHAPES) {
        measure(compute, shape[0], shape[1], figures, options);
        for (GgufType type : GgufType.values()) {
          measure(compute, type, shape[0], shape[1], figures, options);
        }
      }
      fromMemory(compute, SHAPES[1][0], SHAPES[1][1], figures, options);
      Map<String, Object> result = new LinkedHashMap<>();
      result.put("benchmark", name());
      result.put("kernels", compute.set().name().toLowerCase(Locale.ROOT));
      result.put("java", Runtime.version().feature());
      result.put("threads", options.threads());
      result.put("figures", figures);
      return result;
    }
  }

  private static void measure(
      Compute compute, int out, int in, List<Map<String, Object>> figures, BenchOptions options) {
    float[] w = RandomValues.of(1, out * in);
    Quantizer quantizer = new Quantizer(new QuantConfig(QuantType.NF4, 64, false));
    double packing = BestOf.seconds(() -> quantizer.quantize(compute.pool(), w, out, in));
    add(figures, options, "quantize", 0, in, out, packing);
    FrozenMatrix packed =
        new FourBitMatrix(compute.kernels(), quantizer.quantize(compute.pool(), w, out, in));
    FrozenMatrix dense = compute.gemm().dense(w, out, in);
    for (int rows : ROWS) {
      float[] x = RandomValues.of(1, rows * in);
      float[] y = new float[rows * out];
      float[] dx = new float[rows * in];
      add(figures, options, "nf4", rows, in, out, forward(compute, x, rows, packed, y));
      add(figures, options, "float32", rows, in, out, forward(compute, x, rows, dense, y));
      if (rows >= 64) {
        double back =
            BestOf.seconds(
                () -> compute.gemm().backward(compute.pool(), y, rows, packed, dx, false));
        add(figures, options, "nf4_backward", rows, in, out, back);
      }
    }
  }

  /** One row times many matrices in turn, per matrix. */
  private static void fromMemory(
      Compute compute, int out, int in, List<Map<String, Object>> figures, BenchOptions options) {
    Quantizer quantizer = new Quantizer(new QuantConfig(QuantType.NF4, 64, false));
    FourBitWeights weights =
        quantizer.quantize(compute.pool(), RandomValues.of(1, out * in), out, in);
    List<FrozenMatrix> matrices = new ArrayList<>();
    for (int i = 0; i < MANY; i++) {
      matrices.add(new FourBitMatrix(compute.kernels(), weights));
    }
    float[] x = RandomValues.of(1, in);
    float[] y = new float[out];
    double seconds =
        BestOf.seconds(
            () -> matrices.forEach(w -> compute.gemm().forward(compute.pool(), x, 1, w, null, y)));
    add(figures, options, "nf4_memory", 1, in, out, seconds / MANY);
  }

  private static void measure(
      Compute compute,
      GgufType type,
      int out,
      int in,
      List<Map<String, Object>> figures,
      BenchOptions options) {
    FrozenMatrix packed = RandomBlocks.of(compute.kernels(), type, out, in);
    String op = type.name().toLowerCase(Locale.ROOT);
    float[] panel = new float[DEPTH * WIDTH];
    double decoding = BestOf.seconds(() -> decode(packed, panel));
    add(figures, options, op + "_decode", 0, in, out, decoding);
    if (!MULTIPLIED.contains(type)) {
      return;
    }
    for (int rows : BLOCK_ROWS) {
      float[] x = RandomValues.of(1, rows * in);
      double seconds = forward(compute, x, rows, packed, new float[rows * out]);
      add(figures, options, op, rows, in, out, seconds);
    }
  }

  /** All panels, one after the other on this thread. */
  private static void decode(FrozenMatrix w, float[] panel) {
    for (int row = 0; row < w.out(); row += WIDTH) {
      for (int col = 0; col < w.in(); col += DEPTH) {
        w.decodePanel(row, WIDTH, col, DEPTH, panel, 0, WIDTH);
      }
    }
  }

  private static double forward(Compute compute, float[] x, int rows, FrozenMatrix w, float[] y) {
    return BestOf.seconds(() -> compute.gemm().forward(compute.pool(), x, rows, w, null, y));
  }

  private static void add(
      List<Map<String, Object>> figures,
      BenchOptions options,
      String op,
      int rows,
      int in,
      int out,
      double seconds) {
    double weights = (double) in * out;
    Map<String, Object> figure = new LinkedHashMap<>();
    figure.put("op", op);
    figure.put("rows", rows);
    figure.put("in", in);
    figure.put("out", out);
    figure.put("ms", Math.round(seconds * 1e7) / 1e4);
    figure.put("gweights_per_second", Math.round(weights / seconds / 1e7) / 100.0);
    if (rows > 0) {
      figure.put("gflops", Math.round(2 * rows * weights / seconds / 1e8) / 10.0);
    }
    figures.add(figure);
    options.log().accept(figure.toString());
  }
}
