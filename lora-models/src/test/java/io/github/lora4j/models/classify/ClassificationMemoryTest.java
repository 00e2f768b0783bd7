package io.github.lora4j.models.classify;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.lora4j.compute.Compute;
import io.github.lora4j.lora.LoraConfig;
import io.github.lora4j.lora.ModuleSelector;
import io.github.lora4j.memory.MemoryEstimate;
import io.github.lora4j.memory.RuntimeMemory;
import io.github.lora4j.models.data.LabeledText;
import io.github.lora4j.models.encoder.EncoderSource;
import io.github.lora4j.models.encoder.TextEncoder;
import io.github.lora4j.models.memory.TrainingShape;
import io.github.lora4j.models.weights.WeightFormat;
import io.github.lora4j.optim.AdamW;
import io.github.lora4j.optim.AdamW8bit;
import io.github.lora4j.optim.Optimizer;
import io.github.lora4j.optim.OptimizerFactory;
import io.github.lora4j.optim.PagedAdamW;
import io.github.lora4j.quant.QuantConfig;
import io.github.lora4j.quant.QuantType;
import io.github.lora4j.train.Trainer;
import io.github.lora4j.train.TrainingConfig;
import io.github.lora4j.train.TrainingListener;
import io.github.lora4j.train.TrainingResult;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.function.ToLongFunction;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Every part of an estimate is within 10 % of what is counted in a training. */
class ClassificationMemoryTest {
  private static final double TOLERANCE = 0.1;
  private static final int EPOCHS = 2;
  private static final int MAX_LENGTH = 64;
  private static final long PAGED_BUDGET = 100_000;

  @TempDir private Path folder;

  @ParameterizedTest
  @CsvSource({
    // format, batch size, checkpointing, modules, r, optimizer, dropout, threads, longest, eval
    "none, 16, false, 'query,value', 8, adamw, 0, 1, 40, 0",
    "none, 16, true, 'query,value', 8, adamw, 0, 1, 40, 0",
    "nf4, 16, false, 'query,value', 8, adamw, 0, 1, 40, 0",
    "fp4, 8, true, all-linear, 16, adamw8bit, 0, 1, 30, 8",
    "none, 8, false, all-linear, 16, paged-adamw, 0.1, 1, 30, 8",
    "none, 1, false, key, 4, adamw, 0, 2, 64, 0",
    "nf4, 1, true, 'query,value', 8, adamw, 0.1, 2, 64, 0",
    "none, 2, false, 'query,value', 8, adamw, 0, 3, 20, 0",
    "none, 1, true, 'query,value', 8, adamw, 0, 1, 20, 40",
    "none, 16, false, 'query,value dora', 8, adamw, 0, 1, 40, 0",
    "none, 8, true, 'query,value dora', 8, adamw, 0.1, 1, 40, 8",
    "none, 16, false, 'query,value bias', 8, adamw, 0, 1, 40, 0",
    // Two parts, side by side.
    "none, 16, false, 'query,value', 8, adamw, 0, 2, 40, 0",
  })
  void everyPartIsCountedAsEstimated(
      String format,
      int batchSize,
      boolean checkpointing,
      String modules,
      int r,
      String optimizer,
      double dropout,
      int threads,
      int longest,
      int held) {
    WeightFormat weights =
        switch (format) {
          case "nf4" -> WeightFormat.quantized(QuantConfig.NF4);
          case "fp4" -> WeightFormat.quantized(new QuantConfig(QuantType.FP4, 128, false));
          default -> WeightFormat.FLOAT32;
        };
    LoraConfig lora =
        LoraConfig.builder()
            .r(r)
            .loraDropout(dropout)
            .targetModules(selector(modules.replaceAll(" (dora|bias)", "")))
            .useDora(modules.endsWith(" dora"))
            .bias(modules.endsWith(" bias") ? "all" : "none")
            .build();
    TrainingConfig config =
        new TrainingConfig(
            EPOCHS, batchSize, 1, 1e-3, TrainingConfig.DEFAULT.schedule(), 0, 0.01, 1, 7, 0, 0);
    List<LabeledText> train = texts(20, longest);
    List<LabeledText> eval = texts(held, longest);
    EncoderSource source = EncoderSource.of("minilm", MAX_LENGTH);
    try (Compute compute = Compute.withThreads(threads);
        TextEncoder base = source.open(compute, weights)) {
      ClassificationMemory memory =
          new ClassificationMemory(
              source.memory(),
              lora,
              2,
              ClassificationTexts.of(base.tokenizer(), train, eval, config.epochs(), config.seed()),
              threads);
      TrainingShape shape =
          new TrainingShape(weights, batchSize, checkpointing, MAX_LENGTH, bytes(optimizer));
      MemoryEstimate estimate = memory.estimate(shape, RuntimeMemory.NONE);
      memory.reserve(shape, compute.buffers());
      long reserved = compute.buffers().heldBytes();
      ClassificationTask task =
          new ClassificationTask(base, lora, List.of("bad", "good"), train, eval, config.seed());
      task.checkpointActivations(checkpointing);
      List<Optimizer> made = new ArrayList<>();
      TrainingResult result =
          new Trainer(
                  task,
                  config,
                  TrainingListener.NONE,
                  (parameters, settings) -> {
                    made.add(factory(optimizer).create(parameters, settings));
                    return made.get(0);
                  })
              .run();
      assertTrue(result.steps() > 0);
      near("weights", estimate.weights(), base.encoder().weightBytes());
      long counted = compute.buffers().peakBytes();
      if (threads > 1 && batchSize >= 2 * threads) {
        // An estimate is for parts that are at their peak together, which is up to the scheduler.
        assertTrue(counted <= (1 + TOLERANCE) * estimate.activations(), counted + " counted");
      } else {
        near("activations", estimate.activations(), counted);
      }
      assertTrue(
          compute.buffers().heldBytes() <= Math.max(reserved, compute.buffers().peakBytes()));
      assertEquals(estimate.optimizer(), made.get(0).stateBytes());
      assertEquals(estimate.adapters(), 4 * Float.BYTES * task.trainableParameters());
    }
  }

  private static ModuleSelector selector(String modules) {
    return modules.equals("all-linear")
        ? ModuleSelector.ofString(modules)
        : ModuleSelector.names(modules.split(","));
  }

  private static void near(String part, long estimate, long counted) {
    double ratio = (double) estimate / counted;
    assertTrue(
        Math.abs(ratio - 1) <= TOLERANCE,
        () -> part + ": estimated " + estimate + ", counted " + counted + ", ratio " + ratio);
  }

  private OptimizerFactory factory(String name) {
    return switch (name) {
      case "adamw8bit" -> AdamW8bit::new;
      case "paged-adamw" -> OptimizerFactory.pagedAdamW(folder, PAGED_BUDGET);
      default -> AdamW::new;
    };
  }

  private static ToLongFunction<List<Integer>> bytes(String name) {
    return switch (name) {
      case "adamw8bit" -> sizes -> sizes.stream().mapToLong(AdamW8bit::stateBytes).sum();
      case "paged-adamw" -> sizes -> PagedAdamW.stateBytes(sizes, PAGED_BUDGET);
      default -> sizes -> sizes.stream().mapToLong(AdamW::stateBytes).sum();
    };
  }

  /** Texts of one to {@code longest} words. */
  private static List<LabeledText> texts(int count, int longest) {
    Random random = new Random(count);
    return IntStream.range(0, count)
        .mapToObj(
            i ->
                new LabeledText(
                    IntStream.rangeClosed(0, random.nextInt(longest))
                        .mapToObj(word -> i % 2 == 0 ? "good" : "bad")
                        .collect(Collectors.joining(" ")),
                    i % 2 == 0 ? "good" : "bad",
                    i + 1))
        .toList();
  }
}
