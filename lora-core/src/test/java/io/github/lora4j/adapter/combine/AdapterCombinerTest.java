package io.github.lora4j.adapter.combine;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.lora4j.adapter.AdapterInfo;
import io.github.lora4j.adapter.LoraAdapter;
import io.github.lora4j.adapter.LoraWeights;
import io.github.lora4j.adapter.SavedTensor;
import io.github.lora4j.lora.LoraConfig;
import io.github.lora4j.lora.LoraConfigBuilder;
import io.github.lora4j.lora.LoraInit;
import io.github.lora4j.lora.ModuleSelector;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;

class AdapterCombinerTest {
  private static final AdapterCombination LINEAR = AdapterCombination.of(CombinationType.LINEAR);
  private static final AdapterCombination CAT = AdapterCombination.of(CombinationType.CAT);

  private static LoraConfigBuilder config() {
    return LoraConfig.builder().r(2).loraAlpha(4).targetModules("q");
  }

  private static LoraAdapter adapter(String name, LoraConfig config, float value, int in) {
    int r = config.rank("x.q");
    float[] a = filled(r * in, value);
    float[] b = filled(3 * r, value);
    float scaling = (float) config.scaling("x.q");
    float[] magnitude = config.useDora() ? filled(3, 1) : null;
    float[] bias = config.loraBias() ? filled(3, 1) : null;
    return new LoraAdapter(
        name,
        config,
        Map.of("x.q", new LoraWeights(r, in, 3, a, b, scaling, magnitude, bias)),
        Map.of(),
        AdapterInfo.NONE);
  }

  private static LoraAdapter adapter(String name, float value) {
    return adapter(name, config().build(), value, 5);
  }

  private static float[] filled(int length, float value) {
    float[] values = new float[length];
    Arrays.fill(values, value);
    return values;
  }

  private static List<WeightedAdapter> half(LoraAdapter... adapters) {
    return Arrays.stream(adapters).map(a -> new WeightedAdapter(a, 0.5)).toList();
  }

  private static String message(Executable call) {
    return assertThrows(IllegalArgumentException.class, call).getMessage();
  }

  private static String refused(AdapterCombination how, LoraAdapter... adapters) {
    return message(() -> AdapterCombiner.combine("new", half(adapters), how));
  }

  @Test
  void theSameAdapterTwiceByHalvesIsItself() {
    LoraAdapter a = adapter("a", 1);
    LoraWeights w = AdapterCombiner.combine("new", half(a, a), CAT).weights().get("x.q");
    assertEquals(4, w.r());
    // Each element of B A is 2, the scaling of the adapter 2.
    assertArrayEquals(filled(15, 4), new ModuleShare("new", w, 1).product(), 1e-6f);
  }

  @Test
  void adaptersThatCannotBeAddedAreNamed() {
    LoraAdapter plain = adapter("plain", 1);
    assertEquals("there is no adapter to combine", refused(LINEAR));
    assertTrue(
        refused(LINEAR, plain, adapter("d", config().useDora(true).build(), 1, 5))
            .startsWith("adapter 'd' has use_dora = true and cannot be combined"));
    assertTrue(
        refused(CAT, adapter("l", config().loraBias(true).build(), 1, 5), plain)
            .startsWith("adapter 'l' has lora_bias = true and cannot be combined"));
    assertTrue(
        refused(CAT, adapter("all", config().bias("all").build(), 1, 5), plain)
            .startsWith("adapter 'all' has bias = all and cannot be combined"));
    LoraConfig loftq = config().initLoraWeights(LoraInit.LOFTQ).build();
    assertTrue(
        refused(CAT, adapter("four", loftq, 1, 5), plain)
            .startsWith("adapter 'four' has init_lora_weights = loftq"));
    LoraConfig pissa = config().initLoraWeights(LoraInit.PISSA).build();
    assertTrue(
        refused(CAT, plain, adapter("taken", pissa, 1, 5))
            .startsWith("adapter 'taken' has init_lora_weights = pissa and cannot be combined"));
    assertEquals(
        "module 'x.q': adapter 'plain' is made for a weight of 3 x 5, 'wide' for one of 3 x 6",
        refused(CAT, plain, adapter("wide", config().build(), 1, 6)));
    assertEquals(
        "the adapters have ranks [2, 1], and linear needs equal ones; cat and types with svd do"
            + " not",
        refused(LINEAR, plain, adapter("low", config().r(1).build(), 1, 5)));
    LoraConfig pattern = config().rankPattern(Map.of("q", 1)).build();
    assertEquals(
        "module 'x.q': rank 2 in adapter 'plain' and 1 in 'low'; only cat and types with svd"
            + " combine these",
        refused(LINEAR, plain, adapter("low", pattern, 1, 5)));
    LoraConfig regex = config().targetModules(ModuleSelector.ofString(".*q")).build();
    assertTrue(
        refused(CAT, plain, adapter("regex", regex, 1, 5))
            .startsWith("target_modules is an expression in some of the adapters [plain, regex]"));
    assertTrue(message(() -> new WeightedAdapter(plain, Double.NaN)).contains("'plain' is NaN"));
  }

  @Test
  void settingsThatDoNotGoTogetherAreNamed() {
    assertEquals(
        "density = null must be set for ties",
        message(() -> AdapterCombination.of(CombinationType.TIES)));
    for (double density : new double[] {-0.1, 1.1, Double.NaN}) {
      assertEquals(
          "density = " + density + " must be in [0, 1]",
          message(() -> AdapterCombination.of(CombinationType.TIES, density)));
    }
    assertEquals(
        "density = 0.0 must be above 0 for dare_linear",
        message(() -> AdapterCombination.of(CombinationType.DARE_LINEAR, 0)));
    assertEquals(
        "density = 0.5 is for types that prune, not for cat",
        message(() -> AdapterCombination.of(CombinationType.CAT, 0.5)));
    assertEquals("svd_rank = 2 is not for cat", message(() -> CAT.withSvdRank(2)));
    assertEquals("svd_clamp = 0.5 is not for linear", message(() -> LINEAR.withSvdClamp(0.5)));
    AdapterCombination svd = AdapterCombination.of(CombinationType.SVD);
    assertEquals("svd_rank = 0 must be at least 1", message(() -> svd.withSvdRank(0)));
    assertEquals("svd_clamp = 2.0 must be in [0, 1]", message(() -> svd.withSvdClamp(2)));
    assertEquals(
        "majority_sign_method = frequency is for types with ties, not for svd",
        message(() -> svd.withMajoritySign(MajoritySign.FREQUENCY)));
    assertTrue(message(() -> CombinationType.of("mean")).contains("is none of linear, cat, svd"));
    assertTrue(message(() -> MajoritySign.of("most")).contains("is none of total, frequency"));
  }

  private static LoraAdapter withHead(String name, String module) {
    LoraConfig config = config().modulesToSave(List.of(module)).build();
    return new LoraAdapter(
        name,
        config,
        adapter(name, 1).weights(),
        Map.of(module + ".bias", new SavedTensor(List.of(2), new float[] {1, 2})),
        new AdapterInfo(List.of("no", "yes"), "print", "mean", Map.of("k", name)));
  }

  @Test
  void aHeadComesAlongWithItsLabels() {
    LoraAdapter combined =
        AdapterCombiner.combine("new", half(adapter("a", 1), withHead("b", "score")), LINEAR);
    assertEquals(List.of("score"), combined.config().modulesToSave());
    assertEquals(withHead("b", "score").savedTensors(), combined.savedTensors());
    assertEquals(List.of("no", "yes"), combined.info().labels());
    assertEquals(Map.of("k", "b"), combined.info().extra());
    assertNull(combined.info().baseFingerprint(), "that of a is not known");
    assertEquals(
        "adapters 'a' and 'b' both save 'score' whole (modules_to_save), which cannot be added",
        refused(LINEAR, withHead("a", "score"), withHead("b", "score")));
  }

  private static LoraAdapter withBaseWeight(String name, float value) {
    return new LoraAdapter(
        name,
        config().build(),
        adapter(name, 1).weights(),
        Map.of("x.q.base_layer.weight", new SavedTensor(List.of(2), new float[] {1, value})),
        AdapterInfo.NONE);
  }

  @Test
  void copiesOfTheBaseAreOneAndTrainedTokensAreRefused() {
    LoraAdapter a = withBaseWeight("a", 2);
    LoraAdapter combined = AdapterCombiner.combine("new", half(a, withBaseWeight("b", 2)), LINEAR);
    assertEquals(a.savedTensors(), combined.savedTensors());
    assertTrue(
        refused(LINEAR, a, withBaseWeight("b", 3)).contains("both save 'x.q.base_layer.weight'"));
    LoraConfig tokens = config().trainableTokens(Map.of("embed", List.of(1))).build();
    assertTrue(
        refused(LINEAR, a, adapter("t", tokens, 1, 5))
            .startsWith("adapter 't' has trainable_token_indices and cannot be combined"));
  }

  @Test
  void layersOfTheFirstTakeNothingFromTheSecond() {
    LoraAdapter whole = GoldenCombinations.adapter("a");
    LoraAdapter part = GoldenCombinations.adapter("first_layer");
    assertTrue(part.weights().size() < whole.weights().size());
    LoraAdapter combined = AdapterCombiner.combine("new", half(part, whole), CAT);
    assertEquals(whole.weights().keySet(), combined.weights().keySet());
    assertEquals(List.of(), combined.config().layersToTransform());
    LoraAdapter same = AdapterCombiner.combine("new", half(part, part), CAT);
    assertEquals(part.config().layersToTransform(), same.config().layersToTransform());
  }

  @Test
  void theSeedDecidesWhatIsPruned() {
    AdapterCombination dare = AdapterCombination.of(CombinationType.DARE_LINEAR, 0.5);
    List<WeightedAdapter> parts =
        half(GoldenCombinations.adapter("a"), GoldenCombinations.adapter("c"));
    LoraAdapter first = AdapterCombiner.combine("new", parts, dare.withSeed(1));
    assertEquals(first, AdapterCombiner.combine("new", parts, dare.withSeed(1)));
    assertNotEquals(first, AdapterCombiner.combine("new", parts, dare.withSeed(2)));
  }

  @Test
  void masksHaveTheirDensityAndDifferByTensor() {
    SeededMasks masks = new SeededMasks(7);
    BitSet first = masks.draw("m", 0, 100_000, 0.3);
    // Five standard deviations.
    assertEquals(30_000, first.cardinality(), 725);
    for (BitSet other :
        List.of(masks.draw("m", 1, 100_000, 0.3), masks.draw("n", 0, 100_000, 0.3))) {
      BitSet both = (BitSet) first.clone();
      both.and(other);
      assertEquals(9_000, both.cardinality(), 453, "independent of the first");
    }
  }

  @Test
  void equalMagnitudesStayInOrder() {
    float[] values = {1, -2, 2, 0, -1, 2};
    assertEquals(bits(1), MagnitudeMask.of(values, 1.0 / 6));
    assertEquals(bits(0, 1, 2, 5), MagnitudeMask.of(values, 4.9 / 6));
    assertEquals(bits(), MagnitudeMask.of(values, 0));
    assertFalse(MagnitudeMask.of(new float[4], 0.5).get(2));
  }

  private static BitSet bits(int... set) {
    BitSet bits = new BitSet();
    Arrays.stream(set).forEach(bits::set);
    return bits;
  }

  @Test
  void aRankAboveTheShapeIsFilledWithZeros() {
    AdapterCombination svd = AdapterCombination.of(CombinationType.SVD).withSvdRank(4);
    LoraAdapter combined =
        AdapterCombiner.combine("new", half(adapter("a", 1), adapter("b", 2)), svd);
    LoraWeights w = combined.weights().get("x.q");
    assertEquals(4, w.r());
    // 0.5 (2 * 1 * 1 + 2 * 2 * 2) * scaling 2
    assertArrayEquals(filled(15, 10), new ModuleShare("new", w, 1).product(), 1e-5f);
  }
}
