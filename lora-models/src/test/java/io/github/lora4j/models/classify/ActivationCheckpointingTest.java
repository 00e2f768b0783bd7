package io.github.lora4j.models.classify;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import io.github.lora4j.autograd.Parameter;
import io.github.lora4j.compute.Compute;
import io.github.lora4j.lora.LoraConfig;
import io.github.lora4j.models.data.LabeledText;
import io.github.lora4j.models.encoder.TextEncoder;
import io.github.lora4j.models.encoder.TinyModel;
import io.github.lora4j.models.weights.WeightFormat;
import io.github.lora4j.quant.QuantConfig;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Computing layers again for the gradients changes no bit, with dropout and on any threads. */
class ActivationCheckpointingTest {
  private static final List<String> LABELS = List.of("bad", "good");

  @TempDir Path folder;

  @ParameterizedTest
  @CsvSource({"1, 0, false", "1, 0.3, false", "2, 0.3, false", "2, 0.3, true"})
  void theSameGradients(int threads, double dropout, boolean quantized) throws Exception {
    WeightFormat format =
        quantized ? WeightFormat.quantized(QuantConfig.NF4) : WeightFormat.FLOAT32;
    String model = TinyModel.write(folder.resolve("tiny")).toString();
    try (Compute compute = Compute.withThreads(threads);
        TextEncoder base = TextEncoder.open(compute, model, 16, format)) {
      ClassificationTask kept = task(base, dropout);
      ClassificationTask again = task(base, dropout);
      again.checkpointActivations(true);
      int[] all = {0, 1, 2, 3, 4};
      for (int step = 0; step < 3; step++) {
        double sum = kept.accumulate(all, 5, 7 + step).sum();
        assertEquals(sum, again.accumulate(all, 5, 7 + step).sum());
        assertNotEquals(0, sum);
      }
      for (int i = 0; i < kept.parameters().size(); i++) {
        Parameter expected = kept.parameters().get(i);
        float[] actual = again.parameters().get(i).grad().toArray();
        assertArrayEquals(expected.grad().toArray(), actual, 0f, expected.name());
      }
    }
  }

  private static ClassificationTask task(TextEncoder base, double dropout) {
    LoraConfig config =
        LoraConfig.builder().r(2).loraDropout(dropout).targetModules("query", "dense").build();
    List<LabeledText> rows =
        List.of(
            new LabeledText("the film was good", "good", 1),
            new LabeledText("very bad", "bad", 2),
            new LabeledText("good good film", "good", 3),
            new LabeledText("the film was very very bad", "bad", 4),
            new LabeledText("bad", "bad", 5));
    return new ClassificationTask(base, config, LABELS, rows, List.of(), 3);
  }
}
