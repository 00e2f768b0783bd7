package io.github.lora4j.lora;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;

class TargetModulesTest {

  private static final List<String> LLAMA =
      List.of(
          "model.layers.0.self_attn.q_proj",
          "model.layers.1.self_attn.q_proj",
          "model.layers.0.mlp.up_proj",
          "lm_head");
  private static final List<String> CLASSIFIER = List.of("layer.0.query", "classifier", "score");

  @Test
  void allLinearLeavesOutTheHead() {
    LoraConfig config = all("CAUSAL_LM");
    assertEquals(LLAMA.subList(0, 3), TargetModules.select(config, LLAMA));
    assertEquals(
        List.of("layer.0.query", "classifier"), TargetModules.select(all("SEQ_CLS"), CLASSIFIER));
    assertEquals(CLASSIFIER, TargetModules.select(all(null), CLASSIFIER));
    assertEquals(
        List.of("classifier", "score"),
        TargetModules.select(all(null), CLASSIFIER, List.of("layer.0.query")));
    LoraConfig excluding =
        config.toBuilder().excludeModules(ModuleSelector.names("q_proj")).build();
    assertEquals(List.of(LLAMA.get(2)), TargetModules.select(excluding, LLAMA));
  }

  @Test
  void noMatchListsTheNearestNames() {
    String message = failure(LoraConfig.builder().targetModules("qproj", "mpl.up_proj").build());
    assertTrue(message.contains("nearest to 'qproj': [model.layers.0.self_attn.q_proj,"), message);
    assertTrue(message.contains("nearest to 'mpl.up_proj': [model.layers.0.mlp.up_proj"), message);
    message =
        failure(LoraConfig.builder().targetModules(ModuleSelector.ofString("q_proj")).build());
    assertTrue(message.contains("'q_proj' matches no linear module; nearest: [model"), message);
  }

  @Test
  void saysWhenFiltersLeaveNothing() {
    String message =
        failure(
            LoraConfig.builder()
                .targetModules("q_proj")
                .excludeModules(ModuleSelector.names("q_proj"))
                .build());
    assertTrue(message.contains("once exclude_modules"), message);
  }

  @Test
  void unsetTargetsAreAnError() {
    String message = failure(LoraConfig.builder().build());
    assertTrue(message.contains("not set") && message.contains("q_proj"), message);
  }

  private static String failure(LoraConfig config) {
    return assertThrows(IllegalArgumentException.class, () -> TargetModules.select(config, LLAMA))
        .getMessage();
  }

  private static LoraConfig all(String task) {
    return LoraConfig.builder()
        .targetModules(ModuleSelector.ofString("All-Linear"))
        .taskType(task)
        .build();
  }
}
