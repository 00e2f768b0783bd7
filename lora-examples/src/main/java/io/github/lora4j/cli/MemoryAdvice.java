package io.github.lora4j.cli;

import io.github.lora4j.memory.MemoryBudget;
import io.github.lora4j.memory.RuntimeMemory;
import io.github.lora4j.models.memory.TaskMemory;
import io.github.lora4j.models.memory.TrainingShape;
import io.github.lora4j.models.weights.WeightFormat;
import io.github.lora4j.optim.PagedAdamW;
import io.github.lora4j.quant.QuantConfig;
import java.util.ArrayList;
import java.util.List;

/** Looks for settings of {@code lora train} that fit a budget. */
final class MemoryAdvice {
  private static final int SHORTEST = 16;

  private final TrainingShape given;
  private final int accumulationSteps;
  private final TaskMemory memory;
  private final RuntimeMemory runtime;

  MemoryAdvice(
      TrainingShape given, int accumulationSteps, TaskMemory memory, RuntimeMemory runtime) {
    this.given = given;
    this.accumulationSteps = accumulationSteps;
    this.memory = memory;
    this.runtime = runtime;
  }

  private record Setting(List<String> options, TrainingShape shape) {
    Setting with(String option, TrainingShape changed) {
      List<String> more = new ArrayList<>(options);
      more.add(option);
      return new Setting(more, changed);
    }
  }

  /** The first of the settings that fits, or how little is possible, in words. */
  String words(MemoryBudget budget) {
    String words = "";
    long least = Long.MAX_VALUE;
    for (Setting setting : settings()) {
      if (!memory.allows(setting.shape)) {
        continue;
      }
      long total = memory.estimate(setting.shape, runtime).total();
      if (total < least) {
        least = total;
        words = String.join(" ", setting.options) + ": " + MemoryBudget.words(total);
      }
      if (total <= budget.bytes()) {
        return "it fits with " + words;
      }
    }
    return "nothing fits, not even " + words;
  }

  /** From what keeps the adapter as it is to what changes it most. */
  private List<Setting> settings() {
    List<Setting> settings = new ArrayList<>();
    for (int length = given.maxLength(); length >= SHORTEST; length /= 2) {
      Setting cut = new Setting(List.of(), given);
      if (length < given.maxLength() && length >= memory.longest()) {
        continue;
      }
      if (length < given.maxLength()) {
        cut = cut.with("--max-length " + length, given.withMaxLength(length));
      }
      addBatches(cut, settings);
      Setting paged =
          cut.with(
              "--optimizer paged-adamw --optimizer-memory 0",
              cut.shape.withOptimizer(sizes -> PagedAdamW.stateBytes(sizes, 0)));
      addBatches(paged, settings);
      if (given.format() == WeightFormat.PACKED) {
        WeightFormat stored = WeightFormat.STORED;
        addBatches(cut.with("--dtype auto", cut.shape.withFormat(stored)), settings);
        addBatches(paged.with("--dtype auto", paged.shape.withFormat(stored)), settings);
      }
      if (given.format() == WeightFormat.FLOAT32 || given.format() == WeightFormat.STORED) {
        WeightFormat nf4 = WeightFormat.quantized(QuantConfig.NF4);
        addBatches(cut.with("--quantize nf4", cut.shape.withFormat(nf4)), settings);
        addBatches(paged.with("--quantize nf4", paged.shape.withFormat(nf4)), settings);
      }
    }
    return settings;
  }

  private void addBatches(Setting setting, List<Setting> to) {
    int samples = given.batchSize() * accumulationSteps;
    for (int batch = given.batchSize(); batch >= 1; batch /= 2) {
      Setting smaller = setting;
      if (batch < given.batchSize()) {
        int steps = (samples + batch - 1) / batch;
        smaller =
            setting.with(
                "--batch-size " + batch + " --accumulation-steps " + steps,
                setting.shape.withBatchSize(batch));
      }
      to.add(smaller);
      if (!given.checkpointActivations()) {
        to.add(smaller.with("--checkpoint-activations", smaller.shape.withCheckpointing()));
      }
    }
  }
}
