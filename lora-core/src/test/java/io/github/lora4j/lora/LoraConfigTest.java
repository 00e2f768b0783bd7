package io.github.lora4j.lora;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;

class LoraConfigTest {

  @Test
  void scalingFollowsPatterns() {
    LoraConfig config =
        LoraConfig.builder()
            .r(4)
            .loraAlpha(16)
            .rankPattern(Map.of("value", 2))
            .alphaPattern(Map.of("layer\\.1\\.value", 3.0))
            .build();
    assertEquals(4, config.scaling("layer.0.query"));
    assertEquals(8, config.scaling("layer.0.value"));
    assertEquals(1.5, config.scaling("layer.1.value"));
    LoraConfig stable = config.toBuilder().useRslora(true).build();
    assertEquals(8, stable.scaling("layer.0.query"));
    assertEquals(16 / Math.sqrt(2), stable.scaling("layer.0.value"));
  }

  @Test
  void refusesBadValuesByName() {
    refused("r = 0", c -> c.r(0));
    refused("lora_alpha = NaN", c -> c.loraAlpha(Double.NaN));
    refused("lora_dropout = 1.0", c -> c.loraDropout(1));
    refused("lora_dropout = -0.1", c -> c.loraDropout(-0.1));
    refused("lora_dropout = NaN", c -> c.loraDropout(Double.NaN));
    refused("bias = some", c -> c.bias("some"));
    refused("lora_bias = true", c -> c.useDora(true).loraBias(true));
    refused("rank_pattern.q = 0", c -> c.rankPattern(Map.of("q", 0)));
    refused("alpha_pattern.q = Infinity", c -> c.alphaPattern(Map.of("q", 1 / 0.0)));
    refused("'(' is not a valid regular expression", c -> c.rankPattern(Map.of("(", 1)));
    refused("layers_pattern = [h]", c -> c.layersPattern(List.of("h")));
    refused(
        "layers_to_transform = [1]",
        c -> c.targetModules(ModuleSelector.ofString("q.*")).layersToTransform(List.of(1)));
    assertThrows(IllegalArgumentException.class, () -> ModuleSelector.ofString("("));
  }

  @Test
  void copiesCollections() {
    Map<String, Integer> ranks = new java.util.HashMap<>(Map.of("q", 2));
    LoraConfig config = LoraConfig.builder().rankPattern(ranks).build();
    ranks.put("q", 9);
    assertEquals(2, config.rank("q"));
    assertThrows(UnsupportedOperationException.class, () -> config.rankPattern().put("q", 1));
    assertEquals(config, config.toBuilder().build());
  }

  private static void refused(String message, UnaryOperator<LoraConfigBuilder> change) {
    LoraConfigBuilder builder = change.apply(LoraConfig.builder());
    var e = assertThrows(IllegalArgumentException.class, builder::build);
    assertTrue(e.getMessage().contains(message), e.getMessage());
  }
}
