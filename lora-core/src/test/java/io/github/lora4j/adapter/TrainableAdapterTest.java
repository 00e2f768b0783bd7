package io.github.lora4j.adapter;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.lora4j.autograd.Parameter;
import io.github.lora4j.compute.Compute;
import io.github.lora4j.compute.KernelSet;
import io.github.lora4j.lora.LoraConfig;
import io.github.lora4j.lora.LoraFactors;
import io.github.lora4j.lora.LoraInit;
import io.github.lora4j.lora.LowRank;
import io.github.lora4j.lora.ModuleSelector;
import io.github.lora4j.tensor.FrozenMatrix;
import io.github.lora4j.tensor.Tensor;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

class TrainableAdapterTest {
  private static final Map<String, ModuleShape> MODULES = new LinkedHashMap<>();

  static {
    MODULES.put("layer.0.query", new ModuleShape(6, 8));
    MODULES.put("layer.0.value", new ModuleShape(10, 8));
    MODULES.put("layer.1.query", new ModuleShape(6, 8));
    MODULES.put("layer.1.value", new ModuleShape(10, 8));
  }

  private static LoraConfig config(LoraInit init) {
    return LoraConfig.builder()
        .r(2)
        .loraAlpha(6)
        .loraDropout(0.25)
        .initLoraWeights(init)
        .targetModules("query")
        .build();
  }

  @Test
  void parametersAreNamedAndShapedAsPeftDoes() {
    TrainableAdapter adapter = new TrainableAdapter(config(LoraInit.KAIMING), MODULES, 1);
    assertEquals(
        List.of(
            "layer.0.query.lora_A.weight[2, 8]",
            "layer.0.query.lora_B.weight[6, 2]",
            "layer.1.query.lora_A.weight[2, 8]",
            "layer.1.query.lora_B.weight[6, 2]"),
        adapter.parameters().stream().map(Parameter::toString).toList());
    LowRank update = adapter.lowRank("layer.1.query");
    assertEquals(adapter.parameters().get(2), update.a());
    assertEquals(adapter.parameters().get(3), update.b());
    assertEquals(3f, update.scaling());
    assertEquals(0.25, update.dropout());
    assertTrue(update.a().requiresGrad() && update.b().requiresGrad());
    assertNull(adapter.lowRank("layer.0.value"));
    assertNull(adapter.lowRank("query"));
  }

  @Test
  void biasesStartAsTheBaseHasThem() {
    float[] query = {1, 2, 3, 4, 5, 6};
    Map<String, float[]> biases = new LinkedHashMap<>();
    biases.put("norm", new float[] {7, 8});
    biases.put("layer.1.query", query);
    try (Compute compute = new Compute(KernelSet.SCALAR, 1)) {
      var base = new TrainableAdapter.Base(compute, Map.of(), null, biases);
      TrainableAdapter all = trainable("all", base);
      assertEquals(
          List.of("norm.bias[2]", "layer.1.query.bias[6]"),
          all.parameters().subList(4, 6).stream().map(Parameter::toString).toList());
      all.bias("layer.1.query").value().data()[0] = 9;
      LoraAdapter saved = all.snapshot("x", all.config(), Map.of(), AdapterInfo.NONE);
      assertEquals(Set.of("norm", "layer.1.query"), saved.biases().keySet());
      assertEquals(9f, saved.biases().get("layer.1.query").values()[0]);
      assertEquals(1f, query[0]);

      TrainableAdapter some = trainable("lora_only", base);
      assertEquals(5, some.parameters().size());
      assertNull(some.bias("norm"));
      assertArrayEquals(query, some.bias("layer.1.query").value().toArray());
      biases.remove("layer.1.query");
      var few = new TrainableAdapter.Base(compute, Map.of(), null, biases);
      assertMessage(
          "bias = lora_only, but none of the targeted modules has a bias",
          () -> trainable("lora_only", few));
    }
  }

  private static TrainableAdapter trainable(String bias, TrainableAdapter.Base base) {
    LoraConfig config = config(LoraInit.KAIMING).toBuilder().bias(bias).build();
    return new TrainableAdapter(config, MODULES, 1, Map.of(), base);
  }

  @Test
  void patternsDecideRankAndScaling() {
    LoraConfig config =
        config(LoraInit.KAIMING).toBuilder()
            .rankPattern(Map.of("layer.1.query", 4))
            .alphaPattern(Map.of("layer.0.query", 1.0))
            .build();
    TrainableAdapter adapter = new TrainableAdapter(config, MODULES, 1);
    assertArrayEquals(new int[] {2, 8}, adapter.lowRank("layer.0.query").a().value().shape());
    assertEquals(0.5f, adapter.lowRank("layer.0.query").scaling());
    assertArrayEquals(new int[] {4, 8}, adapter.lowRank("layer.1.query").a().value().shape());
    assertArrayEquals(new int[] {6, 4}, adapter.lowRank("layer.1.query").b().value().shape());
    assertEquals(1.5f, adapter.lowRank("layer.1.query").scaling());
  }

  @Test
  void givenStartsAreCopied() {
    Tensor a = Tensor.of(new float[16], 2, 8);
    Tensor b = Tensor.of(new float[] {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12}, 6, 2);
    var starts = Map.of("layer.1.query", new LoraFactors.Factors(a, b));
    TrainableAdapter adapter = new TrainableAdapter(config(LoraInit.KAIMING), MODULES, 1, starts);
    LowRank update = adapter.lowRank("layer.1.query");
    assertArrayEquals(b.data(), update.b().value().data());
    assertNotSame(b, update.b().value());
    assertArrayEquals(new float[12], adapter.lowRank("layer.0.query").b().value().data());
    LoraConfig wider = config(LoraInit.KAIMING).toBuilder().r(3).build();
    assertThrows(
        IllegalArgumentException.class, () -> new TrainableAdapter(wider, MODULES, 1, starts));
    var e =
        assertThrows(
            IllegalArgumentException.class,
            () -> new TrainableAdapter(config(LoraInit.LOFTQ), MODULES, 1, starts));
    assertTrue(e.getMessage().contains("layer.0.query"), e.getMessage());
  }

  @Test
  void doraStartsWithTheLengthsOfTheRows() {
    LoraConfig config = config(LoraInit.RANDOM).toBuilder().useDora(true).build();
    var e =
        assertThrows(
            IllegalArgumentException.class, () -> new TrainableAdapter(config, MODULES, 1));
    assertTrue(e.getMessage().contains("use_dora"), e.getMessage());
    float[] w = new float[48];
    for (int i = 0; i < w.length; i++) {
      w[i] = (i * 7 % 11 - 5) / 8f;
    }
    try (Compute compute = new Compute(KernelSet.SCALAR, 1)) {
      FrozenMatrix matrix = compute.gemm().dense(w, 6, 8);
      var base =
          new TrainableAdapter.Base(
              compute, Map.of("layer.0.query", matrix, "layer.1.query", matrix));
      TrainableAdapter adapter = new TrainableAdapter(config, MODULES, 1, Map.of(), base);
      assertEquals(6, adapter.parameters().size());
      assertEquals(
          "layer.0.query.lora_magnitude_vector[6]", adapter.parameters().get(2).toString());
      LoraWeights weights = adapter.weights().get("layer.0.query");
      for (int o = 0; o < 6; o++) {
        double squares = 0;
        for (int i = 0; i < 8; i++) {
          double value = w[o * 8 + i];
          for (int k = 0; k < 2; k++) {
            value += 3.0 * weights.b()[o * 2 + k] * weights.a()[k * 8 + i];
          }
          squares += value * value;
        }
        assertEquals(Math.sqrt(squares), weights.magnitude()[o], 1e-5, "row " + o);
      }
      FrozenMatrix zero = compute.gemm().dense(new float[48], 6, 8);
      LoraConfig neutral = config.toBuilder().initLoraWeights(LoraInit.KAIMING).build();
      var zeros =
          new TrainableAdapter.Base(compute, Map.of("layer.0.query", zero, "layer.1.query", zero));
      assertMessage(
          "row 0 of W + BA has the length 0.0: DoRA cannot divide by it",
          () -> new TrainableAdapter(neutral, MODULES, 1, Map.of(), zeros));
    }
  }

  @Test
  void aBiasOfBStartsAtZero() {
    LoraConfig config = config(LoraInit.KAIMING).toBuilder().loraBias(true).build();
    TrainableAdapter adapter = new TrainableAdapter(config, MODULES, 1);
    assertEquals("layer.0.query.lora_B.bias[6]", adapter.parameters().get(2).toString());
    assertArrayEquals(new float[6], adapter.weights().get("layer.0.query").bias());
    assertNull(adapter.weights().get("layer.0.query").magnitude());
  }

  @Test
  void allLinearTakesEveryModule() {
    LoraConfig config =
        config(LoraInit.KAIMING).toBuilder().targetModules(new ModuleSelector.AllLinear()).build();
    TrainableAdapter adapter = new TrainableAdapter(config, MODULES, 1);
    assertEquals(8, adapter.parameters().size());
    MODULES.keySet().forEach(module -> assertNotNull(adapter.lowRank(module), module));
  }

  @Test
  void theSeedDecidesEveryModuleByItself() {
    float[] first = a(LoraInit.KAIMING, 1, "layer.0.query");
    assertArrayEquals(first, a(LoraInit.KAIMING, 1, "layer.0.query"));
    assertFalse(Arrays.equals(first, a(LoraInit.KAIMING, 2, "layer.0.query")));
    assertFalse(Arrays.equals(first, a(LoraInit.KAIMING, 1, "layer.1.query")));
    LoraConfig more = config(LoraInit.KAIMING).toBuilder().targetModules("query", "value").build();
    TrainableAdapter adapter = new TrainableAdapter(more, MODULES, 1);
    assertArrayEquals(
        first, adapter.lowRank("layer.0.query").a().value().toArray(), "whatever else is targeted");
  }

  private static float[] a(LoraInit init, long seed, String module) {
    return new TrainableAdapter(config(init), MODULES, seed).lowRank(module).a().value().toArray();
  }

  @Test
  void refusesWhatDoesNotFit() {
    LoraConfig odd = config(LoraInit.ORTHOGONAL).toBuilder().r(3).build();
    assertMessage(
        "r is 3, must be even for orthogonal initialisation (layer layer.0.query)",
        () -> new TrainableAdapter(odd, MODULES, 0));
    LoraConfig biases = config(LoraInit.KAIMING).toBuilder().bias("all").build();
    assertMessage(
        "bias = all, but the base has no biases", () -> new TrainableAdapter(biases, MODULES, 0));
    LoraConfig large = config(LoraInit.KAIMING).toBuilder().r(7).build();
    assertMessage(
        "r is 7, must be from 1 to min(in, out) = 6 (layer layer.0.query, 6 x 8)",
        () -> new TrainableAdapter(large, MODULES, 0));
    LoraConfig unknown = config(LoraInit.KAIMING).toBuilder().targetModules("keys").build();
    assertTrue(
        assertThrows(
                IllegalArgumentException.class, () -> new TrainableAdapter(unknown, MODULES, 0))
            .getMessage()
            .startsWith("target_modules [keys] match no linear module"));
  }

  @Test
  void weightsAreCopiesThatRunAsTheyWere() {
    LoraConfig config = config(LoraInit.RANDOM);
    TrainableAdapter training = new TrainableAdapter(config, MODULES, 1);
    LoraAdapter finished =
        new LoraAdapter("x", config, training.weights(), Map.of(), AdapterInfo.NONE);
    float[] before = training.lowRank("layer.0.query").b().value().toArray();
    training.lowRank("layer.0.query").b().value().data()[0] = 9;

    InferenceAdapter running = new InferenceAdapter(finished);
    LowRank update = running.lowRank("layer.0.query");
    assertArrayEquals(before, update.b().value().toArray());
    assertArrayEquals(new int[] {6, 2}, update.b().value().shape());
    assertArrayEquals(
        training.lowRank("layer.0.query").a().value().toArray(), update.a().value().toArray());
    assertArrayEquals(new int[] {2, 8}, update.a().value().shape());
    assertEquals(3f, update.scaling());
    assertEquals(0, update.dropout(), "nothing is dropped once training is over");
    assertFalse(update.a().requiresGrad() || update.b().requiresGrad());
    assertNull(running.lowRank("layer.0.value"));
  }

  private static void assertMessage(String message, Runnable action) {
    assertEquals(message, assertThrows(IllegalArgumentException.class, action::run).getMessage());
  }
}
