package io.github.lora4j.models.causal;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.github.lora4j.adapter.LoraAdapter;
import io.github.lora4j.adapter.PeftAdapterFiles;
import io.github.lora4j.adapter.WholeModules;
import io.github.lora4j.autograd.Parameter;
import io.github.lora4j.autograd.Tape;
import io.github.lora4j.autograd.Var;
import io.github.lora4j.checkpoint.SafetensorsFile;
import io.github.lora4j.compute.Compute;
import io.github.lora4j.compute.KernelSet;
import io.github.lora4j.models.decoder.DecoderBatch;
import io.github.lora4j.models.decoder.DecoderModel;
import io.github.lora4j.models.golden.LearningAdapter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Each kind of adapter that PEFT writes for language models, against PEFT in float64. */
class PeftDecodersTest {
  private static final GoldenAdapters GOLDEN = new GoldenAdapters();

  @TempDir Path folder;

  static List<String> adapters() {
    return GOLDEN.names();
  }

  static List<Arguments> adaptersAndKernels() {
    return withKernels(GOLDEN.names());
  }

  static List<Arguments> gradientsAndKernels() {
    return withKernels(GOLDEN.withGradients());
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

  @ParameterizedTest
  @MethodSource("adaptersAndKernels")
  void logits(String name, KernelSet set) {
    try (Compute compute = new Compute(set, 2)) {
      DecoderBase base = GOLDEN.base(name, compute);
      var adapter = base.bind(GOLDEN.adapter(name));
      // Twice: what is remembered of the first call must not change the second.
      for (int call = 0; call < 2; call++) {
        float[] logits =
            DecoderGoldenTest.logits(compute, base.model(), GOLDEN.sequences(), adapter);
        assertClose(GOLDEN.expected(name, "logits"), logits, 1e-5, name);
      }
    }
  }

  @ParameterizedTest
  @MethodSource("gradientsAndKernels")
  void lossAndGradients(String name, KernelSet set) {
    try (Compute compute = new Compute(set, 2)) {
      DecoderModel model = GOLDEN.base(name, compute).model();
      LoraAdapter saved = GOLDEN.adapter(name);
      WholeModules whole = WholeModules.of(saved, "", model.replaceable(), tensor -> false);
      for (boolean checkpointing : new boolean[] {false, true}) {
        LearningAdapter adapter = new LearningAdapter(saved, whole);
        try (Tape tape = Tape.training(compute, 1)) {
          if (checkpointing) {
            tape.checkpointActivations();
          }
          DecoderBatch batch = DecoderBatch.whole(GOLDEN.sequences());
          int[] rows = DecoderGoldenTest.labelled(batch);
          int[] labels = Arrays.stream(rows).map(row -> batch.ids()[row + 1]).toArray();
          Var hidden = model.hidden(tape, batch, adapter);
          Var loss = model.loss(tape, hidden, rows, labels, rows.length, adapter);
          assertClose(GOLDEN.expected(name, "loss"), loss.value().toArray(), 1e-5, "loss");
          tape.backward(loss);
        }
        assertEquals(GOLDEN.gradients(name), names(adapter.parameters()));
        for (Parameter parameter : adapter.parameters()) {
          String key = "grad/base_model.model." + parameter.name();
          assertClose(GOLDEN.expected(name, key), parameter.grad().toArray(), 1e-4, key);
        }
      }
    }
  }

  private static Set<String> names(List<Parameter> parameters) {
    return parameters.stream().map(Parameter::name).collect(Collectors.toSet());
  }

  @ParameterizedTest
  @MethodSource("adapters")
  void savedAgainTheTensorsAreTheSame(String name) {
    LoraAdapter adapter = GOLDEN.adapter(name);
    Path saved = folder.resolve("saved");
    PeftAdapterFiles.save(adapter, saved);
    String file = PeftAdapterFiles.WEIGHTS_FILE_NAME;
    try (SafetensorsFile expected = SafetensorsFile.open(GOLDEN.directory(name).resolve(file));
        SafetensorsFile written = SafetensorsFile.open(saved.resolve(file))) {
      assertEquals(new TreeSet<>(expected.names()), new TreeSet<>(written.names()));
      for (String tensor : expected.names()) {
        assertEquals(expected.info(tensor).shape(), written.info(tensor).shape(), tensor);
        assertArrayEquals(expected.readFinite(tensor), written.readFinite(tensor), tensor);
      }
    }
    assertEquals(adapter, PeftAdapterFiles.load("golden", saved));
  }

  static void assertClose(double[] expected, float[] actual, double tolerance, String what) {
    assertEquals(expected.length, actual.length, what);
    double largest = 0;
    double worst = 0;
    for (int i = 0; i < actual.length; i++) {
      worst = Math.max(worst, Math.abs(actual[i] - expected[i]));
      largest = Math.max(largest, Math.abs(expected[i]));
    }
    assertEquals(0, worst / largest, tolerance, what);
  }
}
