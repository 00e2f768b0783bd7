package io.github.lora4j.models.classify;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.lora4j.adapter.AdapterInfo;
import io.github.lora4j.adapter.LoraAdapter;
import io.github.lora4j.adapter.LoraWeights;
import io.github.lora4j.adapter.PeftAdapterFiles;
import io.github.lora4j.adapter.SavedTensor;
import io.github.lora4j.compute.Compute;
import io.github.lora4j.lora.LoraConfig;
import io.github.lora4j.models.bert.GoldenBert;
import io.github.lora4j.models.data.LabeledText;
import io.github.lora4j.models.encoder.TextEncoder;
import io.github.lora4j.models.encoder.TinyModel;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Which adapters a base takes. */
class ClassifierAdapterTest {
  private static final String QUERY = "encoder.layer.%d.attention.self.query";

  @TempDir static Path directory;

  private static Compute compute;
  private static TextEncoder base;
  private static LoraAdapter adapter;

  @BeforeAll
  static void open() throws IOException {
    compute = Compute.withThreads(1);
    base = TextEncoder.open(compute, TinyModel.write(directory.resolve("tiny")).toString(), 16);
    LoraConfig config = LoraConfig.builder().r(2).targetModules("query").build();
    List<LabeledText> rows =
        List.of(new LabeledText("good film", "good", 1), new LabeledText("bad film", "bad", 2));
    List<String> labels = List.of("good", "bad");
    adapter = new ClassificationTask(base, config, labels, rows, List.of(), 1).adapter("x");
  }

  @AfterAll
  static void close() {
    base.close();
    compute.close();
  }

  @Test
  void takesItsOwnAdapter() {
    ClassifierAdapter bound = ClassifierAdapter.bind(base, adapter);
    assertEquals("x", bound.name());
    assertEquals(List.of("good", "bad"), bound.labels());
    assertEquals(16, ClassifierAdapter.maxLength(adapter).getAsInt());
    assertEquals(base.fingerprint(), adapter.info().baseFingerprint());
    assertEquals(base.name(), adapter.config().baseModelNameOrPath());
    assertEquals(LoraConfig.SEQ_CLS, adapter.config().taskType());
  }

  @Test
  void labelsThatPeftDoesNotKeepAreNumbered() {
    LoraAdapter peft =
        new LoraAdapter(
            "x", adapter.config(), adapter.weights(), adapter.savedTensors(), AdapterInfo.NONE);
    assertEquals(List.of("LABEL_0", "LABEL_1"), ClassifierAdapter.bind(base, peft).labels());
  }

  @Test
  void refusesAnotherFingerprint() {
    AdapterInfo info =
        new AdapterInfo(adapter.info().labels(), "crc32c:00000000", "mean", Map.of());
    LoraAdapter other =
        new LoraAdapter("x", adapter.config(), adapter.weights(), adapter.savedTensors(), info);
    assertEquals(
        "adapter 'x' was made for another base model ("
            + base.name()
            + ", fingerprint crc32c:00000000); this one is "
            + base.name()
            + ", fingerprint "
            + base.fingerprint(),
        refused(other));
  }

  @Test
  void refusesAnotherShape() {
    Map<String, LoraWeights> weights = new LinkedHashMap<>(adapter.weights());
    weights.put(QUERY.formatted(1), new LoraWeights(2, 31, 32, new float[62], new float[64], 4));
    assertEquals(
        "adapter 'x', module '"
            + QUERY.formatted(1)
            + "': made for a weight of 32 x 31, the base model has 32 x 32",
        refused(with(weights, adapter.savedTensors())));
  }

  @Test
  void refusesModulesThatTheBaseLacks() {
    Map<String, LoraWeights> weights = new LinkedHashMap<>(adapter.weights());
    weights.put(QUERY.formatted(2), adapter.weights().get(QUERY.formatted(1)));
    String message = refused(with(weights, adapter.savedTensors()));
    assertTrue(
        message.startsWith(
            "adapter 'x': the base model has no linear module '"
                + QUERY.formatted(2)
                + "'; nearest: [encoder.layer."),
        message);
  }

  @Test
  void refusesAnAdapterWithoutAHeadOrWithAnotherOne() {
    LoraAdapter encoderOnly =
        PeftAdapterFiles.load("encoder", GoldenBert.directory().resolve("query_value"));
    assertEquals(
        "adapter 'encoder' has no classification head: classifier.weight is missing",
        refused(encoderOnly));
    Map<String, SavedTensor> saved = new LinkedHashMap<>(adapter.savedTensors());
    saved.put("classifier.weight", new SavedTensor(List.of(2, 8), new float[16]));
    assertEquals(
        "adapter 'x': classifier.weight has shape [2, 8], expected [2, 32] for its labels and this"
            + " base model",
        refused(with(adapter.weights(), saved)));
  }

  private static LoraAdapter with(
      Map<String, LoraWeights> weights, Map<String, SavedTensor> saved) {
    return new LoraAdapter("x", adapter.config(), weights, saved, adapter.info());
  }

  private static String refused(LoraAdapter other) {
    return assertThrows(IllegalArgumentException.class, () -> ClassifierAdapter.bind(base, other))
        .getMessage();
  }
}
