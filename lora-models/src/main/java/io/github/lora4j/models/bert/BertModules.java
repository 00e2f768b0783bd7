package io.github.lora4j.models.bert;

import io.github.lora4j.adapter.ModuleShape;
import java.util.LinkedHashMap;
import java.util.Map;

/** The linear modules of an encoder, by their names in a Hugging Face checkpoint. */
final class BertModules {
  private BertModules() {}

  /** Layer by layer, in the order in which they compute. */
  static Map<String, ModuleShape> of(EncoderConfig config) {
    ModuleShape square = new ModuleShape(config.hiddenSize(), config.hiddenSize());
    EncoderNames names = config.names();
    Map<String, ModuleShape> modules = new LinkedHashMap<>();
    for (int i = 0; i < config.numHiddenLayers(); i++) {
      String layer = names.layer(i) + ".";
      modules.put(layer + names.query(), square);
      modules.put(layer + names.key(), square);
      modules.put(layer + names.value(), square);
      modules.put(layer + names.attentionOutput(), square);
      modules.put(
          layer + names.intermediate(),
          new ModuleShape(config.intermediateSize(), config.hiddenSize()));
      modules.put(
          layer + names.output(), new ModuleShape(config.hiddenSize(), config.intermediateSize()));
    }
    return modules;
  }
}
