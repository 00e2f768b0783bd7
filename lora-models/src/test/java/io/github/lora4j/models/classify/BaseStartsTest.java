package io.github.lora4j.models.classify;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.lora4j.adapter.AdapterInfo;
import io.github.lora4j.adapter.InferenceAdapter;
import io.github.lora4j.adapter.LoraAdapter;
import io.github.lora4j.adapter.LoraWeights;
import io.github.lora4j.adapter.PeftAdapterFiles;
import io.github.lora4j.adapter.PlainForm;
import io.github.lora4j.adapter.TrainableAdapter;
import io.github.lora4j.autograd.CrossEntropy;
import io.github.lora4j.autograd.Parameter;
import io.github.lora4j.autograd.Tape;
import io.github.lora4j.autograd.Var;
import io.github.lora4j.compute.Compute;
import io.github.lora4j.compute.KernelSet;
import io.github.lora4j.lora.ActiveAdapter;
import io.github.lora4j.lora.LoraConfig;
import io.github.lora4j.lora.LoraInit;
import io.github.lora4j.lora.LowRank;
import io.github.lora4j.models.bert.GoldenBert;
import io.github.lora4j.models.encoder.TextEncoder;
import io.github.lora4j.models.encoder.TinyModel;
import io.github.lora4j.models.weights.WeightFormat;
import io.github.lora4j.optim.AdamW;
import io.github.lora4j.optim.AdamWConfig;
import io.github.lora4j.quant.QuantConfig;
import io.github.lora4j.tensor.FrozenMatrix;
import io.github.lora4j.tensor.HalfType;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** PiSSA and OLoRA over a classifier, against PEFT; see scripts/fixtures/base_starts.py. */
class BaseStartsTest {
  private static final String PREFIX = "bert.";
  private static final GoldenBert GOLDEN = new GoldenBert("base-starts");

  @TempDir Path folder;

  static List<String> classifiers() {
    return GOLDEN.names("names").stream()
        .filter(name -> GOLDEN.json("bases").get(name).textValue().equals("bert-classifier"))
        .toList();
  }

  static List<Arguments> classifiersAndKernels() {
    List<Arguments> arguments = new ArrayList<>();
    for (KernelSet set : KernelSet.values()) {
      if (set.available()) {
        classifiers().forEach(name -> arguments.add(Arguments.of(name, set)));
      }
    }
    return arguments;
  }

  private TextEncoder open(Compute compute, WeightFormat format) throws IOException {
    Path model = folder.resolve("model");
    if (!model.toFile().exists()) {
      TinyModel.write("bert-classifier", model);
    }
    return TextEncoder.open(compute, model.toString(), 16, format);
  }

  private static LoraAdapter load(String name, String form) {
    Path directory = GoldenBert.directory("base-starts").resolve(name).resolve(form);
    return PeftAdapterFiles.load(name, directory, PREFIX);
  }

  private static TrainableAdapter start(TextEncoder base, LoraConfig config) {
    return new TrainableAdapter(
        config,
        base.encoder().linearModules(),
        7,
        Map.of(),
        new TrainableAdapter.Base(base.compute(), base.encoder().linearWeights()));
  }

  private static ClassifierAdapter classifier(TextEncoder base, ActiveAdapter updates) {
    return classifier(base, updates, CheckpointHead.trainable(base.head().orElseThrow()));
  }

  private static ClassifierAdapter classifier(TextEncoder base, ActiveAdapter updates, Head head) {
    return new ClassifierAdapter("x", updates, head, base.head().orElseThrow().labels());
  }

  private static float[] logits(TextEncoder base, ClassifierAdapter adapter) {
    try (Tape tape = Tape.inference(base.compute())) {
      return TextClassifier.logits(tape, base, GOLDEN.batch().sequences(), adapter)
          .value()
          .toArray();
    }
  }

  @ParameterizedTest
  @MethodSource("classifiers")
  void theStartIsThatOfPeft(String name) throws IOException {
    try (Compute compute = Compute.withThreads(2);
        TextEncoder base = open(compute, WeightFormat.FLOAT32)) {
      TrainableAdapter adapter = start(base, load(name, "unconverted").config());
      assertFalse(adapter.weights().isEmpty());
      adapter
          .weights()
          .forEach(
              (module, w) -> {
                String key = PREFIX + module;
                // PEFT decomposes in float32, and some singular values lie close together.
                GOLDEN.assertClose(name + "/start/" + key, product(w), 3e-5);
                if (name.startsWith("olora")) {
                  GOLDEN.assertClose(name + "/lora_A/" + key, w.a(), 1e-4);
                  GOLDEN.assertClose(name + "/lora_B/" + key, w.b(), 1e-4);
                }
                float[] residual = dense(adapter.lowRank(module).residual());
                float[] weight = dense(base.encoder().linearWeights().get(module));
                float[] ba = product(w);
                for (int i = 0; i < weight.length; i++) {
                  assertEquals(weight[i], residual[i] + w.scaling() * ba[i], 1e-6, module);
                }
              });
    }
  }

  private static float[] product(LoraWeights w) {
    float[] a = w.a();
    float[] b = w.b();
    float[] product = new float[w.out() * w.in()];
    for (int row = 0; row < w.out(); row++) {
      for (int c = 0; c < w.in(); c++) {
        double sum = 0;
        for (int k = 0; k < w.r(); k++) {
          sum += (double) b[row * w.r() + k] * a[k * w.in() + c];
        }
        product[row * w.in() + c] = (float) sum;
      }
    }
    return product;
  }

  private static float[] dense(FrozenMatrix matrix) {
    float[] w = new float[matrix.out() * matrix.in()];
    for (int row = 0; row < matrix.out(); row++) {
      matrix.decodeRow(row, w, row * matrix.in());
    }
    return w;
  }

  @ParameterizedTest
  @MethodSource("classifiersAndKernels")
  void theTrainingCurveIsThatOfPeft(String name, KernelSet set) throws IOException {
    double[] expected = GOLDEN.expected(name + "/loss");
    try (Compute compute = new Compute(set, 2);
        TextEncoder base = open(compute, WeightFormat.FLOAT32)) {
      float[] before = dense(base.encoder().linearWeights().values().iterator().next());
      LoraAdapter golden = load(name, "unconverted");
      TrainableAdapter adapter = start(base, golden.config());
      CheckpointHead head = CheckpointHead.trainable(base.head().orElseThrow());
      ClassifierAdapter current = classifier(base, adapter, head);
      List<Parameter> parameters = new ArrayList<>(adapter.parameters());
      parameters.addAll(head.parameters());
      AdamW optimizer =
          new AdamW(
              parameters,
              AdamWConfig.DEFAULT.withWeightDecay(GOLDEN.json("weight_decay").asDouble()));
      for (int step = 0; step < expected.length; step++) {
        optimizer.zeroGrad();
        try (Tape tape = Tape.training(compute, 0)) {
          Var logits = TextClassifier.logits(tape, base, GOLDEN.batch().sequences(), current);
          Var loss = CrossEntropy.apply(tape, logits, GOLDEN.batch().labels());
          double value = loss.value().data()[0];
          assertEquals(expected[step], value, 1e-4 * expected[step], "loss before step " + step);
          tape.backward(loss);
        }
        optimizer.step(GOLDEN.json("learning_rate").asDouble());
      }
      GOLDEN.assertClose(name + "/logits", logits(base, current), 1e-3);

      LoraAdapter plain =
          adapter.snapshot("plain", golden.config(), head.saved(), AdapterInfo.NONE);
      assertEquals(LoraInit.KAIMING, plain.config().initLoraWeights());
      assertClose(logits(base, current), logits(base, ClassifierAdapter.bind(base, plain)), 1e-5);
      assertArrayEquals(
          before, dense(base.encoder().linearWeights().values().iterator().next()), 0f);
    }
  }

  private static void assertClose(float[] expected, float[] actual, double tolerance) {
    double largest = 0;
    double worst = 0;
    for (int i = 0; i < expected.length; i++) {
      largest = Math.max(largest, Math.abs(expected[i]));
      worst = Math.max(worst, Math.abs(expected[i] - actual[i]));
    }
    assertEquals(0, worst / largest, tolerance);
  }

  @ParameterizedTest
  @MethodSource("classifiersAndKernels")
  void whatPeftSavedWithoutConvertingComputesTheSame(String name, KernelSet set)
      throws IOException {
    try (Compute compute = new Compute(set, 2);
        TextEncoder base = open(compute, WeightFormat.FLOAT32)) {
      LoraAdapter adapter = load(name, "unconverted");
      GOLDEN.assertClose(
          name + "/logits", logits(base, ClassifierAdapter.bind(base, adapter)), 1e-4);
      var e = assertThrows(IllegalArgumentException.class, () -> new InferenceAdapter(adapter));
      assertTrue(e.getMessage().contains("PlainForm"), e.getMessage());
    }
  }

  /** PEFT drops the head and the magnitudes when it converts, so those are not compared. */
  @ParameterizedTest
  @MethodSource("classifiers")
  void convertedAsPeftConverts(String name) throws IOException {
    Path directory = GoldenBert.directory("base-starts").resolve(name).resolve("plain");
    LoraAdapter trained = load(name, "unconverted");
    try (Compute compute = Compute.withThreads(2);
        TextEncoder base = open(compute, WeightFormat.FLOAT32)) {
      LoraAdapter plain = PlainForm.over(compute, trained, base.encoder().linearWeights());
      Path saved = folder.resolve("saved");
      PeftAdapterFiles.save(plain, saved, PREFIX);
      if (trained.config().useDora()) {
        assertTrue(plain.weights().values().stream().allMatch(w -> w.magnitude() != null));
        return;
      }
      LoraAdapter expected = PeftAdapterFiles.load(name, directory, PREFIX);
      assertEquals(expected.config().r(), plain.config().r());
      assertEquals(expected.config().loraAlpha(), plain.config().loraAlpha(), 1e-12);
      assertEquals(expected.config().rankPattern(), plain.config().rankPattern());
      assertEquals(expected.config().alphaPattern(), plain.config().alphaPattern());
      assertEquals(expected.config().initLoraWeights(), plain.config().initLoraWeights());
      assertEquals(expected.weights().keySet(), plain.weights().keySet());
      expected
          .weights()
          .forEach(
              (module, w) -> {
                LoraWeights own = plain.weights().get(module);
                assertEquals(w.r(), own.r());
                assertEquals(w.scaling(), own.scaling());
                assertClose(product(w), product(own), 1e-4);
              });
      assertEquals(plain, PeftAdapterFiles.load(name, saved));
    }
  }

  /** No copy of the weights is made, and the start is that of what they hold. */
  @Test
  void weightsInFewerBits() throws IOException {
    LoraConfig config = load("pissa", "unconverted").config();
    for (WeightFormat format :
        List.of(WeightFormat.half(HalfType.BFLOAT16), WeightFormat.quantized(QuantConfig.NF4))) {
      for (KernelSet set : KernelSet.values()) {
        if (!set.available()) {
          continue;
        }
        try (Compute compute = new Compute(set, 2);
            TextEncoder base = open(compute, format)) {
          TrainableAdapter adapter = start(base, config);
          float[] plain = logits(base, classifier(base, ActiveAdapter.NONE));
          assertClose(plain, logits(base, classifier(base, adapter)), 1e-5);
          for (String module : adapter.modules()) {
            FrozenMatrix weight = base.encoder().linearWeights().get(module);
            LowRank update = adapter.lowRank(module);
            long factors = 4L * config.r() * (weight.in() + weight.out());
            assertEquals(factors, update.residual().bytes());
          }
          for (Parameter parameter : adapter.parameters()) {
            float[] values = parameter.value().data();
            for (int i = 0; i < values.length; i++) {
              values[i] += 0.05f * (float) Math.sin(i);
            }
          }
          CheckpointHead head = CheckpointHead.trainable(base.head().orElseThrow());
          LoraAdapter saved = adapter.snapshot("s", config, head.saved(), AdapterInfo.NONE);
          float[] changed = logits(base, classifier(base, adapter));
          assertClose(changed, logits(base, ClassifierAdapter.bind(base, saved)), 1e-5);
          assertThrows(AssertionError.class, () -> assertClose(plain, changed, 1e-2));
        }
      }
    }
  }

  @Test
  void refusesWhatCannotBeFoundAgain() throws IOException {
    LoraAdapter niter =
        PeftAdapterFiles.load("n", GoldenBert.directory("base-starts").resolve("niter"), PREFIX);
    assertEquals(16, niter.config().pissaIterations());
    try (Compute compute = Compute.withThreads(1);
        TextEncoder base = open(compute, WeightFormat.FLOAT32);
        TextEncoder packed = open(compute, WeightFormat.quantized(QuantConfig.NF4))) {
      String message = refused(base, niter);
      assertTrue(message.contains("pissa_niter_16"), message);
      assertTrue(message.contains("path_initial_model_for_weight_conversion"), message);
      message = refused(packed, load("olora", "unconverted"));
      assertTrue(message.contains("in 4 bits"), message);
      LoraAdapter olora = load("olora", "unconverted");
      LoraConfig turned = olora.config().toBuilder().fanInFanOut(true).build();
      message =
          refused(
              base,
              new LoraAdapter("t", turned, olora.weights(), olora.savedTensors(), olora.info()));
      assertTrue(message.contains("fan_in_fan_out"), message);
      LoraConfig negative = load("pissa", "unconverted").config().toBuilder().loraAlpha(-8).build();
      var e = assertThrows(IllegalArgumentException.class, () -> start(base, negative));
      assertTrue(e.getMessage().contains("positive scaling"), e.getMessage());
    }
  }

  private static String refused(TextEncoder base, LoraAdapter adapter) {
    return assertThrows(IllegalArgumentException.class, () -> ClassifierAdapter.bind(base, adapter))
        .getMessage();
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 16})
  void anApproximateStart(int iterations) throws IOException {
    LoraConfig exact = load("pissa", "unconverted").config();
    LoraConfig config = exact.toBuilder().pissaNiter(iterations).build();
    try (Compute compute = Compute.withThreads(2);
        TextEncoder base = open(compute, WeightFormat.FLOAT32)) {
      TrainableAdapter adapter = start(base, config);
      float[] plain = logits(base, classifier(base, ActiveAdapter.NONE));
      assertClose(plain, logits(base, classifier(base, adapter)), 1e-5);
      assertEquals(adapter.weights(), start(base, config).weights());
    }
  }
}
