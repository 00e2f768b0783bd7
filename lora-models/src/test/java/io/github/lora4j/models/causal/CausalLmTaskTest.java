package io.github.lora4j.models.causal;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.lora4j.adapter.InferenceAdapter;
import io.github.lora4j.adapter.LoraAdapter;
import io.github.lora4j.adapter.LoraWeights;
import io.github.lora4j.adapter.PeftAdapterFiles;
import io.github.lora4j.compute.Compute;
import io.github.lora4j.lora.ActiveAdapter;
import io.github.lora4j.lora.LoraConfig;
import io.github.lora4j.lora.ModuleSelector;
import io.github.lora4j.models.decoder.DecoderModel;
import io.github.lora4j.models.weights.WeightFormat;
import io.github.lora4j.optim.Schedule;
import io.github.lora4j.train.Trainer;
import io.github.lora4j.train.TrainingConfig;
import io.github.lora4j.train.TrainingListener;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A tiny decoder learns to answer: the sum of two tokens follows them. */
class CausalLmTaskTest {
  private static final int EXAMPLES = 24;

  @TempDir private Path folder;
  private final Compute compute = Compute.withThreads(2);
  private final DecoderModel model = new GoldenDecoder("qwen3").load(compute, "config.json");
  private final DecoderBase base =
      new DecoderBase("tiny", compute, model, "print", WeightFormat.FLOAT32);

  @AfterEach
  void close() {
    compute.close();
  }

  private static List<CausalExample> examples() {
    Random random = new Random(3);
    List<CausalExample> examples = new ArrayList<>();
    for (int i = 0; i < EXAMPLES; i++) {
      int a = random.nextInt(10);
      int b = random.nextInt(10);
      examples.add(CausalExample.completion(new int[] {a, b, 50}, new int[] {a + b, 99}));
    }
    return examples;
  }

  private CausalLmTask task() {
    LoraConfig lora =
        LoraConfig.builder()
            .r(4)
            .loraAlpha(8)
            .loraDropout(0.1)
            .targetModules(new ModuleSelector.AllLinear())
            .build();
    return new CausalLmTask(base, lora, examples(), examples(), 5);
  }

  private static TrainingConfig config() {
    return new TrainingConfig(6, 8, 1, 1e-2, Schedule.CONSTANT, 0, 0, 1, 5, 0, 0);
  }

  @Test
  void theLossFallsAndTheSavedAdapterHasIt() {
    CausalLmTask task = task();
    double before = task.evaluate().loss();
    new Trainer(task, config(), TrainingListener.NONE).run();
    double after = task.evaluate().loss();
    assertTrue(after < 0.7 * before, before + " to " + after);

    PeftAdapterFiles.save(task.adapter("sums", Map.of("prompt_template", "{text}")), folder);
    LoraAdapter loaded = PeftAdapterFiles.load("sums", folder);
    assertEquals("{text}", loaded.info().extra().get("prompt_template"));
    assertEquals(LoraConfig.CAUSAL_LM, loaded.config().taskType());
    base.baseCheck().check(loaded);
    long labels = examples().stream().mapToLong(CausalExample::labels).sum();
    double again =
        new CausalLoss(compute, model, new InferenceAdapter(loaded), 0).sum(examples()) / labels;
    assertEquals(after, again, 1e-6);
    double without = new CausalLoss(compute, model, ActiveAdapter.NONE, 0).sum(examples()) / labels;
    assertEquals(before, without, 1e-6, "the base is as it was");
  }

  @Test
  void theSameSeedGivesTheSameBits() {
    CausalLmTask first = task();
    CausalLmTask second = task();
    second.checkpointActivations(true);
    assertEquals(first.fingerprint(), second.fingerprint());
    new Trainer(first, config(), TrainingListener.NONE).run();
    new Trainer(second, config(), TrainingListener.NONE).run();
    Map<String, LoraWeights> expected = first.adapter("a", Map.of()).weights();
    second
        .adapter("b", Map.of())
        .weights()
        .forEach(
            (module, weights) -> {
              assertArrayEquals(expected.get(module).a(), weights.a(), module);
              assertArrayEquals(expected.get(module).b(), weights.b(), module);
            });
  }

  @Test
  void anExampleMustFitTheContext() {
    List<CausalExample> tooLong =
        List.of(CausalExample.completion(new int[model.context()], new int[] {1}));
    LoraConfig lora = LoraConfig.builder().targetModules("q_proj").build();
    IllegalArgumentException e =
        assertThrows(
            IllegalArgumentException.class,
            () -> new CausalLmTask(base, lora, tooLong, List.of(), 0));
    assertTrue(e.getMessage().contains("context"), e.getMessage());
  }
}
