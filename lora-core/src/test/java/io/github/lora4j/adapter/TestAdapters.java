package io.github.lora4j.adapter;

import io.github.lora4j.lora.LoraConfig;
import io.github.lora4j.lora.LoraConfigBuilder;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Small adapters, all of whose numbers are one value. */
final class TestAdapters {

  static final String QUERY_0 = "encoder.layer.0.attention.self.query";
  static final String QUERY_1 = "encoder.layer.1.attention.self.query";

  private TestAdapters() {}

  static LoraConfigBuilder config() {
    return LoraConfig.builder().r(2).loraAlpha(4).targetModules("query");
  }

  static LoraAdapter filled(String name, float value) {
    return filled(name, value, config().modulesToSave(List.of("classifier")).build());
  }

  static LoraAdapter filled(String name, float value, LoraConfig config) {
    Map<String, LoraWeights> weights = new LinkedHashMap<>();
    for (String module : List.of(QUERY_0, QUERY_1)) {
      int r = config.rank(module);
      weights.put(
          module,
          new LoraWeights(
              r, 8, 6, array(r * 8, value), array(6 * r, value), (float) config.scaling(module)));
    }
    Map<String, SavedTensor> saved =
        config.modulesToSave().isEmpty()
            ? Map.of()
            : Map.of(
                "classifier.weight", new SavedTensor(List.of(3, 6), array(18, value)),
                "classifier.bias", new SavedTensor(List.of(3), array(3, value)));
    AdapterInfo info =
        new AdapterInfo(List.of("no", "so-so", "yes"), "print-1", "mean", Map.of("k", "v"));
    return new LoraAdapter(name, config, weights, saved, info);
  }

  static float[] array(int length, float value) {
    float[] values = new float[length];
    Arrays.fill(values, value);
    return values;
  }
}
