package io.github.lora4j.adapter;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.lora4j.lora.LoraConfig;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class LoraAdapterTest {

  @Test
  void arraysAndMapsAreNotShared() {
    float[] a = {1, 2};
    float[] b = {3, 4, 5};
    LoraWeights weights = new LoraWeights(1, 2, 3, a, b, 1);
    a[0] = 9;
    weights.b()[0] = 9;
    assertEquals(new LoraWeights(1, 2, 3, new float[] {1, 2}, b, 1), weights);
    Map<String, LoraWeights> modules = new HashMap<>(Map.of("q", weights));
    LoraAdapter adapter =
        new LoraAdapter(
            "x",
            LoraConfig.builder().r(1).loraAlpha(1).build(),
            modules,
            Map.of(),
            AdapterInfo.NONE);
    modules.clear();
    assertEquals(1, adapter.weights().size());
    assertEquals(20, adapter.byteSize());
    assertThrows(UnsupportedOperationException.class, () -> adapter.weights().clear());
    assertEquals("y", adapter.withName("y").name());
  }

  @Test
  void refusesWhatDoesNotFit() {
    refused("A has 3 values", () -> new LoraWeights(1, 2, 3, new float[3], new float[3], 1));
    refused("B has 2 values", () -> new LoraWeights(1, 2, 3, new float[2], new float[2], 1));
    refused("r = 0", () -> new LoraWeights(0, 2, 3, new float[0], new float[0], 1));
    refused("scaling", () -> new LoraWeights(1, 1, 1, new float[1], new float[1], 1 / 0f));
    refused(
        "B has NaN at index 1",
        () -> new LoraWeights(1, 1, 2, new float[1], new float[] {0, Float.NaN}, 1));
    refused("shape", () -> new SavedTensor(List.of(2, 0), new float[0]));
    refused("has 3 values", () -> new SavedTensor(List.of(2), new float[3]));
    refused("one twice", () -> new AdapterInfo(List.of("a", "a"), null, null, Map.of()));
    LoraWeights weights = new LoraWeights(1, 1, 1, new float[1], new float[1], 8);
    refused("rank 1, the configuration says 2", () -> adapter(2, Map.of("q", weights), Map.of()));
    refused(
        "scaling is 1.0, the configuration says 8.0",
        () ->
            adapter(
                1, Map.of("q", new LoraWeights(1, 1, 1, new float[1], new float[1], 1)), Map.of()));
    refused(
        "belongs to none of modules_to_save [head]",
        () -> adapter(1, Map.of(), Map.of("body.x", new SavedTensor(List.of(), new float[1]))));
    refused("has no weights", () -> adapter(1, Map.of(), Map.of()));
  }

  private static LoraAdapter adapter(
      int r, Map<String, LoraWeights> weights, Map<String, SavedTensor> saved) {
    LoraConfig config = LoraConfig.builder().r(r).modulesToSave(List.of("head")).build();
    return new LoraAdapter("x", config, weights, saved, AdapterInfo.NONE);
  }

  private static void refused(String message, Runnable action) {
    var e = assertThrows(IllegalArgumentException.class, action::run);
    assertTrue(e.getMessage().contains(message), e.getMessage());
  }
}
