package io.github.lora4j.adapter.combine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.github.lora4j.adapter.LoraAdapter;
import io.github.lora4j.adapter.LoraWeights;
import io.github.lora4j.adapter.PeftAdapterFiles;
import io.github.lora4j.lora.LoraConfig;
import io.github.lora4j.lora.ModuleSelector;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Every way to combine adapters, against PEFT in float64. */
class CombinationGoldenTest {
  private static final GoldenCombinations GOLDEN = GoldenCombinations.read();

  /** Of the largest value: results are float32. */
  private static final double TOLERANCE = 1e-6;

  @TempDir Path folder;

  static List<String> cases() {
    return GOLDEN.names("cases");
  }

  static List<String> refused() {
    return GOLDEN.names("refused");
  }

  private static LoraAdapter combine(String name) {
    JsonNode entry = GOLDEN.named("cases", name);
    return AdapterCombiner.combine(
        name, GoldenCombinations.parts(entry), GoldenCombinations.how(entry), GOLDEN.masksOf(name));
  }

  @Test
  void everyTypeIsThere() {
    Set<String> seen = new HashSet<>();
    GOLDEN.list("cases").forEach(entry -> seen.add(entry.get("combination_type").asText()));
    for (CombinationType type : CombinationType.values()) {
      assertTrue(seen.contains(type.value()), type.value());
    }
  }

  @ParameterizedTest
  @MethodSource("cases")
  void theResultIsThatOfPeft(String name) {
    JsonNode entry = GOLDEN.named("cases", name);
    LoraAdapter combined = combine(name);
    LoraConfig config = combined.config();
    assertEquals(entry.get("r").asInt(), config.r());
    assertEquals(entry.get("lora_alpha").asDouble(), config.loraAlpha());
    assertEquals(targets(entry.get("target_modules")), sorted(config.targetModules()));
    Set<String> modules = new TreeSet<>();
    entry.get("modules").forEach(module -> modules.add(module.asText()));
    assertEquals(modules, new TreeSet<>(combined.weights().keySet()));
    for (String module : modules) {
      LoraWeights w = combined.weights().get(module);
      assertEquals(1f, w.scaling());
      assertEquals(module.endsWith("embed"), w.embedding());
      String key = name + "/" + module + "/";
      double[] product = GOLDEN.expected().get(key + "product");
      if (product == null) {
        assertClose(key + "A", padded(GOLDEN.expected().get(key + "A"), w.a().length), w.a());
        assertClose(key + "B", paddedColumns(GOLDEN.expected().get(key + "B"), w), w.b());
      } else {
        assertClose(key + "product", product, product(w));
      }
    }
  }

  /** PEFT leaves A and B smaller where a rank_pattern said so, and then cannot load the result. */
  private static double[] padded(double[] values, int length) {
    return Arrays.copyOf(values, length);
  }

  private static double[] paddedColumns(double[] b, LoraWeights w) {
    int columns = b.length / w.out();
    double[] padded = new double[w.out() * w.r()];
    for (int row = 0; row < w.out(); row++) {
      System.arraycopy(b, row * columns, padded, row * w.r(), columns);
    }
    return padded;
  }

  private static float[] product(LoraWeights w) {
    return new ModuleShare("x", w, 1).product();
  }

  private static void assertClose(String what, double[] expected, float[] actual) {
    assertEquals(expected.length, actual.length, what);
    double largest = Arrays.stream(expected).map(Math::abs).max().orElseThrow();
    for (int i = 0; i < actual.length; i++) {
      assertEquals(expected[i], actual[i], TOLERANCE * largest, what + " at " + i);
    }
  }

  private static Object targets(JsonNode node) {
    if (node.isTextual()) {
      return node.asText();
    }
    Set<String> names = new TreeSet<>();
    node.forEach(name -> names.add(name.asText()));
    return names;
  }

  private static Object sorted(ModuleSelector selector) {
    return selector instanceof ModuleSelector.Names names
        ? new TreeSet<>(names.names())
        : ((ModuleSelector.Regex) selector).pattern();
  }

  @ParameterizedTest
  @MethodSource("cases")
  void theResultIsSavedAndReadBack(String name) {
    LoraAdapter combined = combine(name);
    PeftAdapterFiles.save(combined, folder);
    assertEquals(combined, PeftAdapterFiles.load(name, folder));
  }

  @ParameterizedTest
  @MethodSource("refused")
  void whatPeftRefusesIsRefused(String name) {
    JsonNode entry = GOLDEN.named("refused", name);
    var e =
        assertThrows(
            IllegalArgumentException.class,
            () ->
                AdapterCombiner.combine(
                    "x", GoldenCombinations.parts(entry), GoldenCombinations.how(entry)));
    assertTrue(e.getMessage().lines().count() == 1, e.getMessage());
  }
}
