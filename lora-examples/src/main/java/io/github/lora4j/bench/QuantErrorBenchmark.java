package io.github.lora4j.bench;

import io.github.lora4j.adapter.TrainableAdapter;
import io.github.lora4j.compute.Compute;
import io.github.lora4j.demo.DemoReviews;
import io.github.lora4j.demo.DemoReviews.Review;
import io.github.lora4j.lora.ActiveAdapter;
import io.github.lora4j.lora.LoftQConfig;
import io.github.lora4j.lora.LoraConfig;
import io.github.lora4j.lora.LoraFactors;
import io.github.lora4j.lora.ModuleSelector;
import io.github.lora4j.models.encoder.TextEncoder;
import io.github.lora4j.models.minilm.MiniLm;
import io.github.lora4j.models.weights.LoftQFormat;
import io.github.lora4j.models.weights.WeightFormat;
import io.github.lora4j.quant.QuantConfig;
import io.github.lora4j.quant.QuantType;
import io.github.lora4j.quant.Quantizer;
import io.github.lora4j.tensor.FrozenMatrix;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What 4 bits cost on real weights, those of MiniLM's linear layers: the mean squared error of the
 * weights, and that of the embeddings of the demo's reviews, both relative to the mean square of
 * what they should be. With LoftQ, the weights are those with the start of an adapter on all of
 * them.
 */
final class QuantErrorBenchmark implements Benchmark {
  private static final int BLOCK = 64;
  private static final int[] RANKS = {8, 16, 64};

  @Override
  public String name() {
    return "quant-error";
  }

  @Override
  public Map<String, Object> run(BenchOptions options) {
    List<String> texts = DemoReviews.load().test().stream().map(Review::text).toList();
    Map<String, WeightFormat> formats = new LinkedHashMap<>();
    formats.put("nf4", WeightFormat.quantized(new QuantConfig(QuantType.NF4, BLOCK, false)));
    formats.put("nf4 double", WeightFormat.quantized(new QuantConfig(QuantType.NF4, BLOCK, true)));
    formats.put("fp4", WeightFormat.quantized(new QuantConfig(QuantType.FP4, BLOCK, false)));
    formats.put("int4", new Int4());
    for (int r : RANKS) {
      formats.put("nf4, loftq r=" + r, loftq(r, 1));
    }
    formats.put("nf4, loftq r=16, 5 iterations", loftq(16, 5));
    List<Map<String, Object>> figures = new ArrayList<>();
    try (Compute compute = Compute.withThreads(options.threads())) {
      float[][] exact = embed(compute, WeightFormat.FLOAT32, texts);
      formats.forEach(
          (name, format) -> {
            Measured measured = new Measured(format);
            float[][] embeddings = embed(compute, measured, texts);
            Map<String, Object> figure = new LinkedHashMap<>();
            figure.put("format", name);
            figure.put("weights_relative_mse", measured.error / measured.square);
            figure.put("embeddings_relative_mse", relative(exact, embeddings));
            figures.add(figure);
            options.log().accept(figure.toString());
          });
    }
    Map<String, Object> result = new LinkedHashMap<>();
    result.put("benchmark", name());
    result.put("block_size", BLOCK);
    result.put("texts", texts.size());
    result.put("figures", figures);
    return result;
  }

  private static LoftQFormat loftq(int r, int iterations) {
    LoraConfig config =
        LoraConfig.builder()
            .r(r)
            .loraAlpha(r)
            .targetModules(new ModuleSelector.AllLinear())
            .loftq(new LoftQConfig(4, iterations))
            .build();
    return new LoftQFormat(new Quantizer(LoftQFormat.PEFT), config);
  }

  private static float[][] embed(Compute compute, WeightFormat format, List<String> texts) {
    try (TextEncoder encoder =
        TextEncoder.open(compute, MiniLm.NAME, MiniLm.DEFAULT_MAX_LENGTH, format)) {
      ActiveAdapter adapter = ActiveAdapter.NONE;
      if (format instanceof Measured measured && measured.format instanceof LoftQFormat loftq) {
        adapter =
            new TrainableAdapter(
                loftq.config(), encoder.encoder().linearModules(), 0, loftq.starts());
      }
      return encoder.embed(texts, adapter);
    }
  }

  private static double relative(float[][] exact, float[][] actual) {
    double error = 0;
    double square = 0;
    for (int i = 0; i < exact.length; i++) {
      for (int j = 0; j < exact[i].length; j++) {
        error += Math.pow(exact[i][j] - actual[i][j], 2);
        square += Math.pow(exact[i][j], 2);
      }
    }
    return error / square;
  }

  /** Another format, that sums up what it changes. */
  private static final class Measured implements WeightFormat {
    private final WeightFormat format;
    private double error;
    private double square;

    Measured(WeightFormat format) {
      this.format = format;
    }

    @Override
    public String id() {
      return format.id();
    }

    @Override
    public FrozenMatrix store(Compute compute, String module, float[] w, int out, int in) {
      FrozenMatrix stored = format.store(compute, module, w, out, in);
      float[] row = new float[in];
      for (int r = 0; r < out; r++) {
        stored.decodeRow(r, row, 0);
        addUpdate(module, r, row);
        for (int c = 0; c < in; c++) {
          error += Math.pow(w[r * in + c] - row[c], 2);
          square += Math.pow(w[r * in + c], 2);
        }
      }
      return stored;
    }

    /** Adds a row of BA, if the layer has a start. */
    private void addUpdate(String module, int row, float[] values) {
      if (!(format instanceof LoftQFormat loftq)) {
        return;
      }
      LoraFactors.Factors start = loftq.starts().get(module);
      for (int k = 0; k < start.a().rows(); k++) {
        float b = start.b().data()[row * start.a().rows() + k];
        for (int c = 0; c < values.length; c++) {
          values[c] += b * start.a().data()[k * values.length + c];
        }
      }
    }
  }

  /** Fifteen evenly spaced values between the largest magnitude of a block and its negative. */
  private record Int4() implements WeightFormat {
    @Override
    public String id() {
      return "int4";
    }

    @Override
    public FrozenMatrix store(Compute compute, String module, float[] w, int out, int in) {
      float[] rounded = new float[out * in];
      for (int from = 0; from < rounded.length; from += BLOCK) {
        int to = Math.min(rounded.length, from + BLOCK);
        float largest = 0f;
        for (int i = from; i < to; i++) {
          largest = Math.max(largest, Math.abs(w[i]));
        }
        float step = largest == 0f ? 1f : largest / 7;
        for (int i = from; i < to; i++) {
          rounded[i] = Math.round(w[i] / step) * step;
        }
      }
      return compute.gemm().dense(rounded, out, in);
    }
  }
}
