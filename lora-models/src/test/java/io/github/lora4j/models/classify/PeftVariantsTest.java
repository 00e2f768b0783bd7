package io.github.lora4j.models.classify;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.github.lora4j.adapter.LoraAdapter;
import io.github.lora4j.adapter.PeftAdapterFiles;
import io.github.lora4j.adapter.PeftReader;
import io.github.lora4j.adapter.WholeModules;
import io.github.lora4j.autograd.CrossEntropy;
import io.github.lora4j.autograd.Parameter;
import io.github.lora4j.autograd.Tape;
import io.github.lora4j.autograd.Var;
import io.github.lora4j.checkpoint.SafetensorsFile;
import io.github.lora4j.compute.Compute;
import io.github.lora4j.compute.KernelSet;
import io.github.lora4j.models.bert.GoldenBert;
import io.github.lora4j.models.encoder.TextEncoder;
import io.github.lora4j.models.encoder.TinyModel;
import io.github.lora4j.models.golden.LearningAdapter;
import io.github.lora4j.optim.AdamW;
import io.github.lora4j.optim.AdamWConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Each kind of adapter that PEFT writes, against PEFT in float64. */
class PeftVariantsTest {
  private static final String PEFT_ROOT = "base_model.model.";
  private static final String PREFIX = "bert.";
  private static final GoldenBert GOLDEN = new GoldenBert("peft-variants");

  @TempDir Path folder;

  static List<Arguments> variantsAndKernels() {
    return withKernels(GOLDEN.names("names"));
  }

  static List<Arguments> gradientsAndKernels() {
    return withKernels(GOLDEN.names("gradients"));
  }

  static List<String> variants() {
    return GOLDEN.names("names");
  }

  private static List<Arguments> withKernels(List<String> names) {
    List<Arguments> arguments = new ArrayList<>();
    for (KernelSet set : KernelSet.values()) {
      if (set.available()) {
        names.forEach(name -> arguments.add(Arguments.of(name, set)));
      }
    }
    return arguments;
  }

  private TextEncoder open(Compute compute) throws IOException {
    Path model = TinyModel.write("bert-classifier", folder.resolve("model"));
    return TextEncoder.open(compute, model.toString(), 16);
  }

  private static LoraAdapter load(String name) {
    return PeftAdapterFiles.load(
        "golden", GoldenBert.directory("peft-variants").resolve(name), PREFIX);
  }

  @ParameterizedTest
  @MethodSource("variantsAndKernels")
  void logits(String name, KernelSet set) throws IOException {
    try (Compute compute = new Compute(set, 2);
        TextEncoder base = open(compute)) {
      ClassifierAdapter adapter = ClassifierAdapter.bind(base, load(name));
      // Twice: what is remembered of the first call must not change the second.
      for (int call = 0; call < 2; call++) {
        try (Tape tape = Tape.inference(compute)) {
          Var logits = TextClassifier.logits(tape, base, GOLDEN.batch().sequences(), adapter);
          GOLDEN.assertClose(name + "/logits", logits.value().toArray(), 1e-5);
        }
      }
    }
  }

  /** As the command line loads what PEFT wrote: with the names of the classifier. */
  @ParameterizedTest
  @MethodSource("variants")
  void namesOfTheClassifierAreUnderstood(String name) throws IOException {
    Path golden = GoldenBert.directory("peft-variants").resolve(name);
    try (Compute compute = new Compute(KernelSet.SCALAR, 1);
        TextEncoder base = open(compute)) {
      LoraAdapter deeper = PeftAdapterFiles.load("golden", golden);
      assertTrue(deeper.weights().keySet().stream().allMatch(m -> m.startsWith(PREFIX)));
      LoraAdapter checked = new PeftReader(base.baseCheck(), 1 << 30).read("golden", golden);
      assertEquals(deeper, checked);
      ClassifierAdapter adapter = ClassifierAdapter.bind(base, deeper);
      try (Tape tape = Tape.inference(compute)) {
        Var logits = TextClassifier.logits(tape, base, GOLDEN.batch().sequences(), adapter);
        GOLDEN.assertClose(name + "/logits", logits.value().toArray(), 1e-5);
      }
    }
  }

  @ParameterizedTest
  @MethodSource("gradientsAndKernels")
  void lossAndGradients(String name, KernelSet set) throws IOException {
    try (Compute compute = new Compute(set, 2);
        TextEncoder base = open(compute);
        Tape tape = Tape.training(compute, 0)) {
      Trained trained = trained(base, load(name));
      Var logits = TextClassifier.logits(tape, base, GOLDEN.batch().sequences(), trained.adapter());
      Var loss = CrossEntropy.apply(tape, logits, GOLDEN.batch().labels());
      assertEquals(GOLDEN.expected(name + "/loss")[0], loss.value().data()[0], 1e-5);
      tape.backward(loss);
      for (Parameter parameter : trained.parameters()) {
        String root = parameter.name().startsWith("classifier") ? "" : PREFIX;
        GOLDEN.assertClose(
            name + "/grad/" + PEFT_ROOT + root + parameter.name(),
            parameter.grad().toArray(),
            1e-4);
      }
    }
  }

  private record Trained(ClassifierAdapter adapter, List<Parameter> parameters) {}

  private static Trained trained(TextEncoder base, LoraAdapter adapter) {
    CheckpointHead head = CheckpointHead.trainable(base.head().orElseThrow());
    WholeModules whole =
        WholeModules.of(adapter, PREFIX, base.encoder().replaceable(), head::takes);
    LearningAdapter updates = new LearningAdapter(adapter, whole);
    List<Parameter> parameters = new ArrayList<>(updates.parameters());
    for (Parameter parameter : head.parameters()) {
      float[] from = adapter.savedTensors().get(parameter.name()).values();
      System.arraycopy(from, 0, parameter.value().data(), 0, from.length);
    }
    parameters.addAll(head.parameters());
    return new Trained(
        new ClassifierAdapter("x", updates, head, base.head().get().labels()), parameters);
  }

  @ParameterizedTest
  @MethodSource("gradientsAndKernels")
  void theTrainingCurveOfLoraPlus(String name, KernelSet set) throws IOException {
    JsonNode settings = GOLDEN.json("loraplus");
    double[] expected = GOLDEN.expected(name + "/loraplus");
    assertEquals(settings.get("steps").asInt(), expected.length);
    try (Compute compute = new Compute(set, 2);
        TextEncoder base = open(compute)) {
      Trained trained = trained(base, load(name));
      AdamWConfig config =
          AdamWConfig.DEFAULT
              .withWeightDecay(settings.get("loraplus_weight_decay").asDouble())
              .withLoraPlusRatio(settings.get("loraplus_lr_ratio").asDouble());
      AdamW optimizer = new AdamW(trained.parameters(), config);
      for (int step = 0; step < expected.length; step++) {
        optimizer.zeroGrad();
        try (Tape tape = Tape.training(compute, 0)) {
          Var logits =
              TextClassifier.logits(tape, base, GOLDEN.batch().sequences(), trained.adapter());
          Var loss = CrossEntropy.apply(tape, logits, GOLDEN.batch().labels());
          double value = loss.value().data()[0];
          assertEquals(expected[step], value, 1e-4 * expected[step], "loss before step " + step);
          tape.backward(loss);
        }
        optimizer.step(settings.get("lr").asDouble());
      }
    }
  }

  @ParameterizedTest
  @MethodSource("variants")
  void savedAgainTheTensorsAreTheSame(String name) throws IOException {
    LoraAdapter adapter = load(name);
    Path saved = folder.resolve("saved");
    PeftAdapterFiles.save(adapter, saved, PREFIX);
    Path written = saved.resolve("adapter_model.safetensors");
    Path golden =
        GoldenBert.directory("peft-variants").resolve(name).resolve("adapter_model.safetensors");
    if (name.equals("bias_all")) {
      // Without the copies that PEFT makes of the bias of a module that is saved whole.
      Set<String> expected = names(golden);
      expected.removeIf(n -> n.contains(".original_module.") || n.contains(".modules_to_save."));
      assertEquals(expected, names(written));
    } else {
      assertArrayEquals(Files.readAllBytes(golden), Files.readAllBytes(written));
    }
    assertEquals(adapter, PeftAdapterFiles.load("golden", saved));
  }

  private static Set<String> names(Path file) {
    try (SafetensorsFile tensors = SafetensorsFile.open(file)) {
      return new TreeSet<>(tensors.names());
    }
  }
}
