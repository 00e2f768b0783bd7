package io.github.lora4j.models.decoder;

import io.github.lora4j.models.config.ConfigFields;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntPredicate;

/** Which layers see a sliding window, by {@code layer_types} or a rule of the family. */
public final class LayerWindows {
  private static final String SLIDING = "sliding_attention";
  private static final String FULL = "full_attention";

  private LayerWindows() {}

  /**
   * For each layer whether it slides.
   *
   * @param rule what holds if there is no {@code layer_types}
   */
  public static List<Boolean> read(ConfigFields fields, int layers, IntPredicate rule) {
    List<Boolean> sliding = new ArrayList<>();
    if (!fields.has("layer_types")) {
      for (int i = 0; i < layers; i++) {
        sliding.add(rule.test(i));
      }
      return sliding;
    }
    for (String type : fields.texts("layer_types")) {
      if (!type.equals(SLIDING) && !type.equals(FULL)) {
        throw fields.unsupported("layer_types", SLIDING + ", " + FULL);
      }
      sliding.add(type.equals(SLIDING));
    }
    if (sliding.size() != layers) {
      throw fields.unsupported("layer_types", layers + " types, one for each layer");
    }
    return sliding;
  }
}
