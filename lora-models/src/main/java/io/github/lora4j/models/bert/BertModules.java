package io.github.lora4j.models.bert;

import io.github.lora4j.adapter.ModuleShape;
import java.util.LinkedHashMap;
import java.util.Map;

/** The linear modules of a BERT encoder, by their names in a Hugging Face checkpoint. */
final class BertModules {
  static final String QUERY = "attention.self.query";
  static final String KEY = "attention.self.key";
  static final String VALUE = "attention.self.value";
  static final String ATTENTION_OUTPUT = "attention.output.dense";
  static final String INTERMEDIATE = "intermediate.dense";
  static final String OUTPUT = "output.dense";

  private BertModules() {}

  /** Layer by layer, in the order in which they compute. */
  static Map<String, ModuleShape> of(BertConfig config) {
    ModuleShape square = new ModuleShape(config.hiddenSize(), config.hiddenSize());
    Map<String, ModuleShape> modules = new LinkedHashMap<>();
    for (int i = 0; i < config.numHiddenLayers(); i++) {
      String layer = layer(i) + ".";
      modules.put(layer + QUERY, square);
      modules.put(layer + KEY, square);
      modules.put(layer + VALUE, square);
      modules.put(layer + ATTENTION_OUTPUT, square);
      modules.put(
          layer + INTERMEDIATE, new ModuleShape(config.intermediateSize(), config.hiddenSize()));
      modules.put(layer + OUTPUT, new ModuleShape(config.hiddenSize(), config.intermediateSize()));
    }
    return modules;
  }

  static String layer(int index) {
    return "encoder.layer." + index;
  }
}
