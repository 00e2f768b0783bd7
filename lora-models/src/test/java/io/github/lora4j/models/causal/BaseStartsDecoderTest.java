package io.github.lora4j.models.causal;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.github.lora4j.adapter.LoraAdapter;
import io.github.lora4j.adapter.PeftAdapterFiles;
import io.github.lora4j.adapter.WholeModules;
import io.github.lora4j.compute.Compute;
import io.github.lora4j.lora.ActiveAdapter;
import io.github.lora4j.lora.LoraInit;
import io.github.lora4j.models.bert.GoldenBert;
import io.github.lora4j.models.decoder.DecoderModel;
import io.github.lora4j.models.merge.CheckpointMerger;
import io.github.lora4j.models.weights.RunningForm;
import io.github.lora4j.models.weights.WeightFormat;
import io.github.lora4j.optim.AdamW;
import io.github.lora4j.optim.AdamWConfig;
import java.nio.file.Path;
import java.util.BitSet;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** PiSSA and OLoRA over language models, against PEFT; see scripts/fixtures/base_starts.py. */
class BaseStartsDecoderTest {
  private static final GoldenBert GOLDEN = new GoldenBert("base-starts");

  @TempDir Path merged;

  static List<String> decoders() {
    return GOLDEN.names("names").stream().filter(name -> !base(name).contains("bert")).toList();
  }

  private static String base(String name) {
    return GOLDEN.json("bases").get(name).textValue();
  }

  private static List<CausalExample> examples() {
    return GOLDEN.batch().sequences().stream()
        .filter(ids -> ids.length > 1)
        .map(
            ids -> {
              BitSet learned = new BitSet();
              learned.set(1, ids.length);
              return new CausalExample(ids, learned);
            })
        .toList();
  }

  @ParameterizedTest
  @MethodSource("decoders")
  void trainedSavedAndLoaded(String name) {
    LoraAdapter golden =
        PeftAdapterFiles.load(
            name, GoldenBert.directory("base-starts").resolve(name).resolve("unconverted"));
    double[] expected = GOLDEN.expected(name + "/loss");
    try (Compute compute = Compute.withThreads(2)) {
      DecoderModel model = new GoldenDecoder(base(name)).load(compute, "config.json");
      List<int[]> sequences = GOLDEN.batch().sequences();
      GOLDEN.assertClose(
          name + "/logits",
          DecoderGoldenTest.logits(
              compute,
              model,
              sequences,
              RunningForm.of(compute, golden, model.linearWeights(), WholeModules.NONE)),
          1e-4);

      new CheckpointMerger(compute).merge(new GoldenDecoder(base(name)).folder(), golden, merged);
      DecoderModel whole = new GoldenDecoder(base(name)).load(compute, "config.json", merged);
      GOLDEN.assertClose(
          name + "/logits",
          DecoderGoldenTest.logits(compute, whole, sequences, ActiveAdapter.NONE),
          1e-4);

      DecoderBase base = new DecoderBase(base(name), compute, model, "x", WeightFormat.FLOAT32);
      CausalLmTask task = new CausalLmTask(base, golden.config(), examples(), List.of(), 3);
      int[] all = {0, 1, 2, 3};
      AdamW optimizer =
          new AdamW(
              task.parameters(),
              AdamWConfig.DEFAULT.withWeightDecay(GOLDEN.json("weight_decay").asDouble()));
      for (int step = 0; step < expected.length; step++) {
        optimizer.zeroGrad();
        double loss = task.accumulate(all, task.labels(all), 1).sum() / task.labels(all);
        assertEquals(expected[step], loss, 1e-4 * expected[step], "loss before step " + step);
        optimizer.step(GOLDEN.json("learning_rate").asDouble());
      }
      LoraAdapter saved = task.adapter("saved", Map.of());
      assertEquals(LoraInit.KAIMING, saved.config().initLoraWeights());
      assertEquals(8, saved.config().r());
      GOLDEN.assertClose(
          name + "/logits",
          DecoderGoldenTest.logits(
              compute,
              model,
              sequences,
              RunningForm.of(compute, saved, model.linearWeights(), WholeModules.NONE)),
          1e-3);
    }
  }
}
