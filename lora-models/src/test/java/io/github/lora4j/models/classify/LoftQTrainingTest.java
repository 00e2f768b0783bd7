package io.github.lora4j.models.classify;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.lora4j.adapter.AdapterInfo;
import io.github.lora4j.adapter.LoraAdapter;
import io.github.lora4j.adapter.PeftAdapterFiles;
import io.github.lora4j.autograd.Tape;
import io.github.lora4j.compute.Compute;
import io.github.lora4j.compute.KernelSet;
import io.github.lora4j.lora.LoftQConfig;
import io.github.lora4j.lora.LoraConfig;
import io.github.lora4j.lora.LoraFactors;
import io.github.lora4j.lora.LoraInit;
import io.github.lora4j.lora.ModuleSelector;
import io.github.lora4j.models.data.LabeledText;
import io.github.lora4j.models.encoder.EncoderQuantizer;
import io.github.lora4j.models.encoder.TextEncoder;
import io.github.lora4j.models.encoder.TinyModel;
import io.github.lora4j.models.weights.LoftQFormat;
import io.github.lora4j.models.weights.WeightFormat;
import io.github.lora4j.quant.QuantConfig;
import io.github.lora4j.quant.QuantType;
import io.github.lora4j.quant.Quantizer;
import io.github.lora4j.train.Trainer;
import io.github.lora4j.train.TrainingConfig;
import io.github.lora4j.train.TrainingListener;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Adapters that LoftQ starts: where they begin, and which weights they belong to. */
class LoftQTrainingTest {
  private static final List<String> LABELS = List.of("good", "bad");
  private static final List<LabeledText> ROWS =
      List.of(
          new LabeledText("good film", "good", 1),
          new LabeledText("the film was very bad", "bad", 2),
          new LabeledText("very very good", "good", 3),
          new LabeledText("bad", "bad", 4));

  @TempDir private static Path shared;
  @TempDir private Path folder;
  private static Compute compute;
  private static String model;

  @BeforeAll
  static void open() throws IOException {
    compute = Compute.withThreads(2);
    model = TinyModel.write(shared.resolve("tiny")).toString();
  }

  @AfterAll
  static void close() {
    compute.close();
  }

  private static LoraConfig config(int r, int iterations) {
    return LoraConfig.builder()
        .r(r)
        .loraAlpha(r)
        .targetModules(new ModuleSelector.AllLinear())
        .loftq(new LoftQConfig(4, iterations))
        .build();
  }

  private static TextEncoder base(WeightFormat format) {
    return TextEncoder.open(compute, model, 16, format);
  }

  private static TextEncoder base(LoraConfig config) {
    return base(new LoftQFormat(new Quantizer(LoftQFormat.PEFT), config));
  }

  private static ClassificationTask task(TextEncoder base, LoraConfig config) {
    return new ClassificationTask(base, config, LABELS, ROWS, List.of(), 1);
  }

  private static float[] logits(TextEncoder base, ClassifierAdapter adapter) {
    List<String> texts = ROWS.stream().map(LabeledText::text).toList();
    try (Tape tape = Tape.inference(compute)) {
      return TextClassifier.logits(tape, base, TextClassifier.tokenize(base, texts), adapter)
          .value()
          .toArray();
    }
  }

  private static double distance(float[] x, float[] y) {
    double sum = 0;
    for (int i = 0; i < x.length; i++) {
      sum += Math.pow(x[i] - y[i], 2);
    }
    return Math.sqrt(sum);
  }

  /** The head is the same in all of them, since it depends on the seed alone. */
  @Test
  void theStartIsNearerToTheFloatModel() {
    LoraConfig neutral = config(8, 1).toBuilder().initLoraWeights(LoraInit.KAIMING).build();
    float[] exact;
    try (TextEncoder base = base(WeightFormat.FLOAT32)) {
      exact = logits(base, task(base, neutral).current());
    }
    double plain;
    try (TextEncoder base = base(WeightFormat.quantized(LoftQFormat.PEFT))) {
      plain = distance(exact, logits(base, task(base, neutral).current()));
    }
    assertTrue(plain > 0.01, "4 bits cost something: " + plain);
    for (int iterations : new int[] {1, 5}) {
      LoraConfig config = config(8, iterations);
      try (TextEncoder base = base(config)) {
        double start = distance(exact, logits(base, task(base, config).current()));
        assertTrue(start < 0.75 * plain, iterations + ": " + start + " of " + plain);
      }
    }
  }

  private LoraAdapter trained(TextEncoder base, LoraConfig config) {
    ClassificationTask task = task(base, config);
    new Trainer(task, TrainingConfig.DEFAULT.withEpochs(2), TrainingListener.NONE).run();
    Path directory = folder.resolve("adapter");
    PeftAdapterFiles.save(task.adapter("x"), directory, base.classifierPrefix());
    LoraAdapter adapter = PeftAdapterFiles.load("x", directory);
    // ND4J multiplies A and B that may still change, and other kernels those that may not.
    float tolerance = base.compute().set() == KernelSet.ND4J ? 1e-6f : 0f;
    assertArrayEquals(
        logits(base, task.current()),
        logits(base, ClassifierAdapter.bind(base, adapter)),
        tolerance);
    return adapter;
  }

  /** After one iteration the base is a plain 4-bit one: with the same settings, and no other. */
  @Test
  void oneIterationFitsThePlainQuantization() throws IOException {
    LoraConfig config = config(4, 1);
    LoraAdapter adapter;
    float[] expected;
    try (TextEncoder base = base(new LoftQFormat(new Quantizer(QuantConfig.NF4), config))) {
      assertEquals("nf4/64/double", base.weightFormat().id());
      adapter = trained(base, config);
      expected = logits(base, ClassifierAdapter.bind(base, adapter));
    }
    String json = Files.readString(folder.resolve("adapter/adapter_config.json"));
    assertTrue(json.contains("\"init_lora_weights\": true"), json);
    assertTrue(json.contains("\"loftq_config\": {}"), json);
    WeightFormat same = WeightFormat.quantized(QuantConfig.NF4);
    try (TextEncoder base = base(LoftQFormat.forAdapters(same, List.of(adapter)))) {
      assertArrayEquals(expected, logits(base, ClassifierAdapter.bind(base, adapter)), 0f);
    }
    for (WeightFormat other :
        List.of(
            WeightFormat.FLOAT32,
            WeightFormat.quantized(LoftQFormat.PEFT),
            WeightFormat.quantized(new QuantConfig(QuantType.NF4, 128, true)),
            WeightFormat.quantized(new QuantConfig(QuantType.FP4, 64, true)))) {
      try (TextEncoder base = base(other)) {
        assertEquals(
            "adapter 'x' was started by LoftQ over frozen weights in nf4/64/double and fits no"
                + " others; this base has them in "
                + other.id(),
            refused(base, adapter));
      }
    }
  }

  /** After more, loading the base with the adapter's own configuration gives the same weights. */
  @Test
  void moreIterationsFitTheWeightsThatTheyMade() throws IOException {
    LoraConfig config = config(4, 3);
    LoraAdapter adapter;
    float[] expected;
    try (TextEncoder base = base(config)) {
      assertEquals("nf4/64/loftq-3", base.weightFormat().id());
      adapter = trained(base, config);
      expected = logits(base, ClassifierAdapter.bind(base, adapter));
    }
    String json = Files.readString(folder.resolve("adapter/adapter_config.json"));
    assertTrue(json.contains("\"init_lora_weights\": \"loftq\""), json);
    assertTrue(json.contains("\"loftq_iter\": 3"), json);
    WeightFormat plain = WeightFormat.quantized(LoftQFormat.PEFT);
    try (TextEncoder base = base(LoftQFormat.forAdapters(plain, List.of(adapter)))) {
      assertArrayEquals(expected, logits(base, ClassifierAdapter.bind(base, adapter)), 0f);
    }
    try (TextEncoder base = base(plain)) {
      assertTrue(refused(base, adapter).contains("in nf4/64/loftq-3 and fits no others"));
    }
    for (WeightFormat wrong :
        List.of(WeightFormat.FLOAT32, WeightFormat.quantized(QuantConfig.NF4))) {
      var e =
          assertThrows(
              IllegalArgumentException.class,
              () -> LoftQFormat.forAdapters(wrong, List.of(adapter)));
      assertTrue(e.getMessage().contains("without double quantization"), e.getMessage());
    }
    LoraConfig other = adapter.config().toBuilder().loftq(new LoftQConfig(4, 4)).build();
    LoraAdapter four = withConfig(adapter, other, adapter.info());
    assertThrows(
        IllegalArgumentException.class,
        () -> LoftQFormat.forAdapters(plain, List.of(adapter, four)));
  }

  private static LoraAdapter withConfig(LoraAdapter adapter, LoraConfig config, AdapterInfo info) {
    return new LoraAdapter("x", config, adapter.weights(), adapter.savedTensors(), info);
  }

  /** PEFT notes no weights, but quantizes in one way only. */
  @Test
  void adaptersOfPeftFitThePlainScalesOnly() {
    LoraConfig config = config(4, 1).toBuilder().modulesToSave(List.of("classifier")).build();
    try (TextEncoder base = base(config);
        TextEncoder nested = base(WeightFormat.quantized(QuantConfig.NF4));
        TextEncoder floats = base(WeightFormat.FLOAT32)) {
      AdapterInfo info = new AdapterInfo(LABELS, null, "mean", Map.of());
      LoraAdapter once = withConfig(task(base, config).adapter("x"), config, info);
      assertEquals("x", ClassifierAdapter.bind(base, once).name());
      assertTrue(refused(nested, once).contains("nf4/64 and fits no others"));
      assertTrue(refused(floats, once).contains("float32"));
      LoraConfig twiceConfig = config.toBuilder().loftq(new LoftQConfig(4, 2)).build();
      LoraAdapter twice = withConfig(once, twiceConfig, info);
      assertTrue(refused(base, twice).contains("nf4/64/loftq-2"));
      try (TextEncoder made = base(twiceConfig)) {
        assertEquals("x", ClassifierAdapter.bind(made, twice).name());
        assertTrue(refused(made, once).contains("nf4/64/loftq-2"));
      }
    }
  }

  private static String refused(TextEncoder base, LoraAdapter adapter) {
    return assertThrows(IllegalArgumentException.class, () -> ClassifierAdapter.bind(base, adapter))
        .getMessage();
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 3})
  void theSameBitsWithAnyNumberOfThreads(int threads) {
    LoraConfig config = config(4, 2);
    try (TextEncoder base = base(config);
        Compute other = Compute.withThreads(threads);
        TextEncoder again =
            TextEncoder.open(
                other, model, 16, new LoftQFormat(new Quantizer(LoftQFormat.PEFT), config))) {
      Map<String, LoraFactors.Factors> expected = ((LoftQFormat) base.weightFormat()).starts();
      Map<String, LoraFactors.Factors> actual = ((LoftQFormat) again.weightFormat()).starts();
      assertEquals(base.encoder().linearModules().keySet(), actual.keySet());
      actual.forEach(
          (module, factors) -> {
            assertArrayEquals(expected.get(module).a().data(), factors.a().data(), 0f);
            assertArrayEquals(expected.get(module).b().data(), factors.b().data(), 0f);
          });
    }
  }

  /** Training changes its own copy of the start. */
  @Test
  void twoTrainingsMayShareABase() {
    LoraConfig config = config(4, 1);
    try (TextEncoder base = base(config)) {
      float[] before = logits(base, task(base, config).current());
      trained(base, config);
      assertArrayEquals(before, logits(base, task(base, config).current()), 0f);
    }
  }

  @Test
  void refusesWhatCannotStart() {
    LoraConfig config = config(4, 1);
    try (TextEncoder floats = base(WeightFormat.FLOAT32);
        TextEncoder base = base(config)) {
      assertTrue(refusedToTrain(floats, config).contains("not in float32"));
      assertTrue(refusedToTrain(base, config(5, 1)).contains("of the same configuration"));
      LoraConfig twice = config.toBuilder().loraAlpha(8).build();
      assertTrue(refusedToTrain(base, twice).contains("scaling (lora_alpha / r) of 2.0"));
      assertFalse(task(base, config.toBuilder().loraAlpha(7).build()).parameters().isEmpty());
    }
    Path packed = folder.resolve("nf4");
    EncoderQuantizer.write(compute.pool(), model, new Quantizer(LoftQFormat.PEFT), packed);
    LoftQFormat format = new LoftQFormat(new Quantizer(LoftQFormat.PEFT), config);
    try (TextEncoder base = TextEncoder.open(compute, packed.toString(), 16, format)) {
      assertTrue(refusedToTrain(base, config).contains("in 4 bits already"));
    }
    assertThrows(
        IllegalArgumentException.class,
        () -> new LoftQFormat(new Quantizer(QuantConfig.NF4), config(4, 2)));
    assertThrows(
        IllegalArgumentException.class,
        () -> new LoftQFormat(new Quantizer(QuantConfig.NF4), LoraConfig.builder().build()));
    assertTrue(
        assertThrows(IllegalArgumentException.class, () -> base(config(33, 1)))
            .getMessage()
            .startsWith("encoder.layer.0.attention.self.query: rank 33"));
  }

  private static String refusedToTrain(TextEncoder base, LoraConfig config) {
    return assertThrows(IllegalArgumentException.class, () -> task(base, config)).getMessage();
  }
}
