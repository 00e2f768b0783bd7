package io.github.lora4j.models.generate;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.github.lora4j.checkpoint.SafetensorsFile;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/** The filtered distributions are those of transformers' logits processors. */
class SamplerGoldenTest {

  @Test
  void distributions() throws Exception {
    JsonNode cases = new ObjectMapper().readTree(resource("sampling.json").toFile()).get("cases");
    try (SafetensorsFile file = SafetensorsFile.open(resource("sampling.safetensors"))) {
      for (int i = 0; i < cases.size(); i++) {
        JsonNode one = cases.get(i);
        float[] logits = file.readFloat32("logits." + one.get("row").textValue());
        int[] history = new ObjectMapper().convertValue(one.get("history"), int[].class);
        Candidates candidates = new Candidates(config(one.get("settings"), true), logits.length);
        candidates.read(logits, 0, history, history.length, null);
        candidates.filter();
        double[] actual = candidates.distribution();
        double[] expected = doubles(file, "prob." + i, logits.length);
        String name = one.get("row") + " " + one.get("settings");
        for (int token = 0; token < logits.length; token++) {
          assertEquals(expected[token], actual[token], 1e-6, name + ", token " + token);
          assertEquals(expected[token] > 0, actual[token] > 0, name + ", token " + token);
        }
        int greedy =
            new Sampler(config(one.get("settings"), false), logits.length, 0)
                .next(logits, 0, history, history.length, null);
        assertEquals(one.get("greedy").intValue(), greedy, name);
      }
      assertTrue(cases.size() > 200);
    }
  }

  private static SamplingConfig config(JsonNode settings, boolean doSample) {
    SamplingConfig.Builder builder = SamplingConfig.builder().doSample(doSample).topK(0);
    settings
        .fields()
        .forEachRemaining(
            field -> {
              double value = field.getValue().doubleValue();
              switch (field.getKey()) {
                case "temperature" -> builder.temperature(value);
                case "top_k" -> builder.topK((int) value);
                case "top_p" -> builder.topP(value);
                case "min_p" -> builder.minP(value);
                case "repetition_penalty" -> builder.repetitionPenalty(value);
                default -> throw new IllegalArgumentException(field.getKey());
              }
            });
    return builder.build();
  }

  private static double[] doubles(SafetensorsFile file, String name, int count) {
    double[] values = new double[count];
    ByteBuffer bytes = file.bytes(name, 0, count * Double.BYTES);
    bytes.order(ByteOrder.LITTLE_ENDIAN).asDoubleBuffer().get(values);
    return values;
  }

  private static Path resource(String name) throws Exception {
    return Path.of(SamplerGoldenTest.class.getResource("/golden/" + name).toURI());
  }
}
