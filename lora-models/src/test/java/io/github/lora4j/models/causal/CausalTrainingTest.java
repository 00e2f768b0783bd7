package io.github.lora4j.models.causal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.github.lora4j.autograd.Parameter;
import io.github.lora4j.checkpoint.SafetensorsFile;
import io.github.lora4j.compute.Compute;
import io.github.lora4j.compute.KernelSet;
import io.github.lora4j.models.decoder.DecoderModel;
import io.github.lora4j.optim.AdamW;
import io.github.lora4j.optim.AdamWConfig;
import io.github.lora4j.optim.GradientClipping;
import java.io.IOException;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** 20 steps of PEFT on completions of a tiny Llama. */
class CausalTrainingTest {
  private static final double TOLERANCE = 1e-4;

  private final GoldenDecoder golden = new GoldenDecoder("llama3");

  @ParameterizedTest
  @ValueSource(ints = {1, 2})
  void theLossesAreThoseOfPeft(int threads) throws IOException {
    JsonNode json = new ObjectMapper().readTree(golden.folder().resolve("training.json").toFile());
    double[] expected = losses();
    try (Compute compute = new Compute(KernelSet.selected(), threads)) {
      DecoderModel model = golden.load(compute, "config.json");
      GoldenDecoder.Updates updates = golden.updates();
      List<Parameter> parameters = updates.parameters();
      CausalLoss loss = new CausalLoss(compute, model, updates.byModule()::get, 0);
      AdamWConfig config = AdamWConfig.DEFAULT.withWeightDecay(json.get("weight_decay").asDouble());
      AdamW optimizer = new AdamW(parameters, config);
      for (int step = 0; step < expected.length; step++) {
        List<CausalExample> batch = batch(json, step);
        int labels = batch.stream().mapToInt(CausalExample::labels).sum();
        optimizer.zeroGrad();
        double mean = loss.accumulate(batch, labels, 1, step % 2 == 0) / labels;
        assertEquals(expected[step], mean, TOLERANCE * expected[step], "loss of step " + step);
        assertEquals(mean, loss.sum(batch) / labels, TOLERANCE, "without gradients");
        GradientClipping.clip(parameters, json.get("max_grad_norm").asDouble());
        optimizer.step(json.get("learning_rate").asDouble());
      }
      assertTrue(expected[expected.length - 1] < expected[0]);
    }
  }

  private double[] losses() {
    try (SafetensorsFile file =
        SafetensorsFile.open(golden.folder().resolve("training.safetensors"))) {
      double[] losses = new double[20];
      file.bytes("loss").order(ByteOrder.LITTLE_ENDIAN).asDoubleBuffer().get(losses);
      return losses;
    }
  }

  private static List<CausalExample> batch(JsonNode json, int step) {
    List<CausalExample> batch = new ArrayList<>();
    JsonNode batches = json.get("batches");
    for (JsonNode example : batches.get(step % batches.size())) {
      int prompt = example.get("prompt").asInt();
      int[] ids = new int[example.get("ids").size()];
      for (int i = 0; i < ids.length; i++) {
        ids[i] = example.get("ids").get(i).asInt();
      }
      BitSet learned = new BitSet();
      learned.set(prompt, ids.length);
      batch.add(new CausalExample(ids, learned));
    }
    return batch;
  }

  @Test
  void anExampleMustTeachSomething() {
    assertThrows(
        IllegalArgumentException.class,
        () -> CausalExample.completion(new int[] {1, 2}, new int[0]));
    BitSet first = new BitSet();
    first.set(0);
    assertThrows(IllegalArgumentException.class, () -> new CausalExample(new int[] {1, 2}, first));
  }
}
