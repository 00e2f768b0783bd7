package io.github.lora4j.models.encoder;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.github.lora4j.adapter.InferenceAdapter;
import io.github.lora4j.adapter.LoraAdapter;
import io.github.lora4j.adapter.PeftAdapterFiles;
import io.github.lora4j.autograd.Tape;
import io.github.lora4j.checkpoint.SafetensorsFile;
import io.github.lora4j.compute.Compute;
import io.github.lora4j.models.weights.LoftQFormat;
import io.github.lora4j.models.weights.WeightFormat;
import io.github.lora4j.quant.QuantConfig;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Adapters that PEFT started by LoftQ over a float model, see scripts/fixtures/loftq.py. */
class LoftQPeftTest {
  @TempDir private Path folder;

  @ParameterizedTest
  @ValueSource(strings = {"once", "thrice"})
  void theBaseIsQuantizedAsPeftDoesWhileLoading(String name) throws Exception {
    Path golden = Path.of(LoftQPeftTest.class.getResource("/golden/bert-loftq").toURI());
    JsonNode json = new ObjectMapper().readTree(golden.resolve("expected.json").toFile());
    LoraAdapter adapter = PeftAdapterFiles.load(name, golden.resolve(name));
    String model = TinyModel.write(folder).toString();
    WeightFormat plain = WeightFormat.quantized(LoftQFormat.PEFT);
    WeightFormat format = LoftQFormat.forAdapters(plain, List.of(adapter));
    try (Compute compute = Compute.withThreads(1);
        TextEncoder base = TextEncoder.open(compute, model, 32, format);
        SafetensorsFile file = SafetensorsFile.open(golden.resolve("expected.safetensors"));
        Tape tape = Tape.inference(compute)) {
      base.requireFits(adapter);
      float[] expected = file.readFloat32(name + "/mean_pooled");
      float[] actual =
          base.pooled(tape, sequences(json), new InferenceAdapter(adapter)).value().data();
      double error = 0;
      double norm = 0;
      for (int i = 0; i < expected.length; i++) {
        error += Math.pow(actual[i] - expected[i], 2);
        norm += expected[i] * expected[i];
      }
      assertEquals(0, Math.sqrt(error / norm), 1e-4);
    }
    for (WeightFormat other :
        List.of(WeightFormat.FLOAT32, WeightFormat.quantized(QuantConfig.NF4))) {
      try (Compute compute = Compute.withThreads(1);
          TextEncoder base = TextEncoder.open(compute, model, 32, other)) {
        var e = assertThrows(IllegalArgumentException.class, () -> base.requireFits(adapter));
        assertTrue(e.getMessage().contains("started by LoftQ"), e.getMessage());
      }
    }
  }

  private static List<int[]> sequences(JsonNode json) {
    List<int[]> sequences = new ArrayList<>();
    JsonNode offsets = json.get("offsets");
    for (int s = 1; s < offsets.size(); s++) {
      int from = offsets.get(s - 1).asInt();
      int[] ids = new int[offsets.get(s).asInt() - from];
      for (int i = 0; i < ids.length; i++) {
        ids[i] = json.get("ids").get(from + i).asInt();
      }
      sequences.add(ids);
    }
    return sequences;
  }
}
