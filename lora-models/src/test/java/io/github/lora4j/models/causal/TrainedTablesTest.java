package io.github.lora4j.models.causal;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.lora4j.adapter.LoraAdapter;
import io.github.lora4j.adapter.PeftAdapterFiles;
import io.github.lora4j.checkpoint.SafetensorsFile;
import io.github.lora4j.compute.Compute;
import io.github.lora4j.lora.ActiveAdapter;
import io.github.lora4j.lora.LoraConfig;
import io.github.lora4j.lora.LoraConfigBuilder;
import io.github.lora4j.lora.LoraInit;
import io.github.lora4j.lora.ModuleSelector;
import io.github.lora4j.optim.AdamW;
import io.github.lora4j.optim.AdamWConfig;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Embeddings, output layers and single tokens are trained, saved as PEFT does, and run again. */
class TrainedTablesTest {
  private static final GoldenAdapters GOLDEN = new GoldenAdapters();

  @TempDir Path folder;

  private static List<CausalExample> examples() {
    List<CausalExample> examples = new ArrayList<>();
    for (int[] ids : GOLDEN.sequences()) {
      if (ids.length > 1) {
        BitSet learned = new BitSet();
        learned.set(1, ids.length);
        examples.add(new CausalExample(ids, learned));
      }
    }
    return examples;
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "embeddings",
        "scaled_embeddings",
        "embeddings_gpt2",
        "dora_embeddings",
        "head",
        "dora_head",
        "head_of_tied",
        "embeddings_and_head_of_tied",
        "saved_head",
        "saved_embeddings",
        "saved_scaled_embeddings",
        "saved_tied",
        "tokens",
        "tokens_of_tied",
        "tokens_by_module",
        "tokens_differ"
      })
  void startsNeutralLearnsAndComesBack(String name) {
    try (Compute compute = Compute.withThreads(2)) {
      DecoderBase base = GOLDEN.base(name, compute);
      LoraAdapter golden = GOLDEN.adapter(name);
      CausalLmTask task = new CausalLmTask(base, golden.config(), examples(), List.of(), 3);
      float[] plain = logits(base, ActiveAdapter.NONE);
      PeftDecodersTest.assertClose(doubles(plain), logits(base, task.current()), 1e-5, name);
      double before = step(task, null);
      AdamW optimizer = new AdamW(task.parameters(), AdamWConfig.DEFAULT.withWeightDecay(0));
      for (int i = 0; i < 12; i++) {
        step(task, optimizer);
      }
      assertTrue(step(task, null) < 0.97 * before, "the loss was " + before);

      LoraAdapter trained = task.adapter("trained", Map.of());
      PeftAdapterFiles.save(trained, folder);
      assertEquals(names(GOLDEN.directory(name)), names(folder));
      LoraAdapter loaded = PeftAdapterFiles.load("trained", folder);
      assertEquals(trained, loaded);
      assertArrayEquals(logits(base, task.current()), logits(base, base.bind(loaded)), 1e-4f);
    }
  }

  /** The loss before a step, which is taken if there is an optimizer. */
  private static double step(CausalLmTask task, AdamW optimizer) {
    int[] all = {0, 1, 2};
    task.parameters().forEach(p -> java.util.Arrays.fill(p.grad().data(), 0f));
    double loss = task.accumulate(all, task.labels(all), 1).sum() / task.labels(all);
    if (optimizer != null) {
      optimizer.step(1e-2);
    }
    return loss;
  }

  private static float[] logits(DecoderBase base, ActiveAdapter adapter) {
    return DecoderGoldenTest.logits(base.compute(), base.model(), GOLDEN.sequences(), adapter);
  }

  private static double[] doubles(float[] values) {
    double[] doubles = new double[values.length];
    for (int i = 0; i < values.length; i++) {
      doubles[i] = values[i];
    }
    return doubles;
  }

  /** What PEFT writes, but for the weights of the base. */
  private static TreeSet<String> names(Path directory) {
    Path file = directory.resolve(PeftAdapterFiles.WEIGHTS_FILE_NAME);
    try (SafetensorsFile tensors = SafetensorsFile.open(file)) {
      TreeSet<String> names = new TreeSet<>(tensors.names());
      names.removeIf(name -> name.endsWith(".base_layer.weight"));
      return names;
    }
  }

  private static String refused(String base, LoraConfigBuilder config) {
    try (Compute compute = Compute.withThreads(1)) {
      DecoderBase model = GOLDEN.base(base, compute);
      return assertThrows(
              IllegalArgumentException.class,
              () -> new CausalLmTask(model, config.build(), examples(), List.of(), 1))
          .getMessage();
    }
  }

  private static LoraConfigBuilder targeting(String... modules) {
    return LoraConfig.builder().r(2).targetModules(ModuleSelector.names(modules));
  }

  @Test
  void refusesByNameWhatCannotBeTrained() {
    assertEquals(
        "ensure_weight_tying = true with A and B for model.embed_tokens or lm_head can be loaded"
            + " but not trained",
        refused("tied", targeting("embed_tokens").ensureWeightTying(true)));
    assertEquals(
        "modules_to_save = norm cannot be trained, only [model.embed_tokens, lm_head] can",
        refused("tied", targeting("q_proj").modulesToSave(List.of("norm"))));
    assertEquals(
        "trainable_token_indices = [3, 100] has one above 99",
        refused("tokens", targeting("q_proj").trainableTokens(Map.of("", List.of(3, 100)))));
    assertEquals(
        "trainable_token_indices of model.embed_tokens do not go with A and B or modules_to_save for"
            + " it",
        refused("tokens", targeting("embed_tokens").trainableTokens(Map.of("", List.of(3)))));
    assertEquals(
        "trainable_token_indices names 'wte', which is neither model.embed_tokens nor lm_head",
        refused("tokens", targeting("q_proj").trainableTokens(Map.of("wte", List.of(3)))));
    assertEquals(
        "lora_bias = true does not go with embeddings, [model.embed_tokens]",
        refused("tokens", targeting("embed_tokens").loraBias(true)));
    assertEquals(
        "init_lora_weights = orthogonal does not start embeddings (model.embed_tokens)",
        refused("tokens", targeting("embed_tokens").initLoraWeights(LoraInit.ORTHOGONAL)));
  }
}
