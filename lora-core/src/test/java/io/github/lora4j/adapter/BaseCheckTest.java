package io.github.lora4j.adapter;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class BaseCheckTest {

  private static final Map<String, ModuleShape> MODULES =
      Map.of(
          TestAdapters.QUERY_0,
          new ModuleShape(6, 8),
          TestAdapters.QUERY_1,
          new ModuleShape(6, 8),
          "pooler.dense",
          new ModuleShape(8, 8));

  private final LoraAdapter adapter = TestAdapters.filled("x", 1);

  @Test
  void acceptsTheBaseUnderAnyName() {
    assertDoesNotThrow(() -> new BaseCheck("other", null, MODULES).check(adapter));
    assertDoesNotThrow(() -> new BaseCheck(null, "print-1", MODULES).check(adapter));
  }

  @Test
  void namesWhatDoesNotFit() {
    refused(
        new BaseCheck(
            "m", null, Map.of("encoder.layer.0.attention.self.value", new ModuleShape(6, 8))),
        "no linear module '" + TestAdapters.QUERY_0 + "'; nearest: [encoder.layer.0");
    refused(
        new BaseCheck(
            "m",
            null,
            Map.of(
                TestAdapters.QUERY_0, new ModuleShape(6, 8),
                TestAdapters.QUERY_1, new ModuleShape(8, 6))),
        "module '"
            + TestAdapters.QUERY_1
            + "': made for a weight of 6 x 8, the base model has 8 x 6");
    refused(new BaseCheck("m", "print-2", MODULES), "fingerprint print-1");
  }

  @Test
  void biasesAreThoseOfTheBase() {
    assertDoesNotThrow(() -> biases("norm", 8).check(withBias(TestAdapters.QUERY_0, 6)));
    assertDoesNotThrow(() -> biases("norm", 8).check(withBias("norm", 8)));
    assertFails(withBias("norm", 6), "module 'norm': a bias of 6 values, the base model has 8");
    assertFails(withBias(TestAdapters.QUERY_1, 8), "a bias of 8 values, the base model has 6");
    assertFails(withBias("other", 8), "bias = all replaces the bias of 'other'");
  }

  private static BaseCheck biases(String module, int size) {
    return new BaseCheck("m", null, MODULES, Map.of(module, size), "", true);
  }

  private static void assertFails(LoraAdapter adapter, String message) {
    var e = assertThrows(IllegalArgumentException.class, () -> biases("norm", 8).check(adapter));
    assertTrue(e.getMessage().contains(message), e.getMessage());
  }

  private static LoraAdapter withBias(String module, int size) {
    LoraAdapter plain = TestAdapters.filled("x", 1, TestAdapters.config().bias("all").build());
    return new LoraAdapter(
        "x",
        plain.config(),
        plain.weights(),
        Map.of(),
        Map.of(module, new SavedTensor(java.util.List.of(size), new float[size])),
        plain.info());
  }

  @Test
  void whatIsNotExactIsAWarningThatNamesBoth() {
    LoraAdapter named =
        TestAdapters.filled(
            "x", 1, TestAdapters.config().baseModelNameOrPath("trained-over").build());
    BaseCheck other = new BaseCheck("m", "print-2", MODULES, false);
    assertDoesNotThrow(() -> other.check(named));
    assertEquals(
        "adapter 'x' was made for another base model (trained-over, fingerprint print-1); this one"
            + " is m, fingerprint print-2",
        other.warning(named).orElseThrow());
    assertEquals(
        "adapter 'x' was made for another base model (trained-over, fingerprint print-1); this one"
            + " is m",
        new BaseCheck("m", null, MODULES).warning(named).orElseThrow());
    assertEquals(Optional.empty(), new BaseCheck("m", "print-1", MODULES).warning(named));
    assertEquals(Optional.empty(), new BaseCheck("trained-over", null, MODULES).warning(named));
    refused(
        new BaseCheck("m", "print-2", Map.of(TestAdapters.QUERY_0, new ModuleShape(8, 6)), false),
        "the base model has 8 x 6");
  }

  private void refused(BaseCheck base, String message) {
    var e = assertThrows(IllegalArgumentException.class, () -> base.check(adapter));
    assertTrue(e.getMessage().contains(message), e.getMessage());
  }
}
