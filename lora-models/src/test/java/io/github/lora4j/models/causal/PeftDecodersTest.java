package io.github.lora4j.models.causal;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.github.lora4j.adapter.LoraAdapter;
import io.github.lora4j.adapter.PeftAdapterFiles;
import io.github.lora4j.checkpoint.SafetensorsFile;
import io.github.lora4j.compute.Compute;
import io.github.lora4j.compute.KernelSet;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
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
    List<Arguments> arguments = new ArrayList<>();
    for (KernelSet set : KernelSet.values()) {
      if (set.available()) {
        GOLDEN.names().forEach(name -> arguments.add(Arguments.of(name, set)));
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
