package io.github.lora4j.models.causal;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.lora4j.adapter.LoraAdapter;
import io.github.lora4j.adapter.PeftAdapterFiles;
import io.github.lora4j.autograd.Tape;
import io.github.lora4j.autograd.Var;
import io.github.lora4j.compute.Compute;
import io.github.lora4j.lora.ActiveAdapter;
import io.github.lora4j.lora.LoftQConfig;
import io.github.lora4j.lora.LoraConfig;
import io.github.lora4j.lora.LoraInit;
import io.github.lora4j.lora.ModuleSelector;
import io.github.lora4j.models.decoder.DecoderBatch;
import io.github.lora4j.models.weights.LoftQFormat;
import io.github.lora4j.models.weights.WeightFormat;
import io.github.lora4j.quant.QuantConfig;
import io.github.lora4j.quant.Quantizer;
import io.github.lora4j.train.Trainer;
import io.github.lora4j.train.TrainingConfig;
import io.github.lora4j.train.TrainingListener;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** LoftQ over language models: the start, training, and which bases an adapter fits. */
class LoftQDecoderTest {
  private static final int[] IDS = {5, 1, 7, 3, 2, 9, 30, 4};
  private static Compute compute;

  @TempDir private Path folder;

  @BeforeAll
  static void open() {
    compute = Compute.withThreads(2);
  }

  @AfterAll
  static void close() {
    compute.close();
  }

  private static LoraConfig config(int iterations) {
    return LoraConfig.builder()
        .r(8)
        .loraAlpha(8)
        .targetModules(new ModuleSelector.AllLinear())
        .loftq(new LoftQConfig(4, iterations))
        .build();
  }

  private static DecoderBase base(String family, WeightFormat format) {
    return DecoderSource.of(new GoldenDecoder(family).folder()).open(compute, format);
  }

  private static CausalLmTask task(DecoderBase base, LoraConfig config) {
    CausalExample example = CausalExample.completion(new int[] {1, 2}, new int[] {3, 7, 4});
    return new CausalLmTask(base, config, List.of(example, example), List.of(), 1);
  }

  private static float[] logits(DecoderBase base, ActiveAdapter adapter) {
    try (Tape tape = Tape.inference(compute)) {
      Var hidden = base.model().hidden(tape, DecoderBatch.whole(List.of(IDS)), adapter);
      int[] rows = IntStream.range(0, IDS.length).toArray();
      return base.model().logits(tape, hidden, rows, adapter).value().toArray();
    }
  }

  private static double distance(float[] x, float[] y) {
    double sum = 0;
    for (int i = 0; i < x.length; i++) {
      sum += Math.pow(x[i] - y[i], 2);
    }
    return Math.sqrt(sum);
  }

  @ParameterizedTest
  @CsvSource({"llama3, 1", "llama3, 3", "gpt2, 1", "phi3, 5", "falcon-7b, 1"})
  void theStartIsNearerToTheFloatModel(String family, int iterations) {
    float[] exact = logits(base(family, WeightFormat.FLOAT32), ActiveAdapter.NONE);
    WeightFormat nf4 = WeightFormat.quantized(LoftQFormat.PEFT);
    double plain = distance(exact, logits(base(family, nf4), ActiveAdapter.NONE));
    LoraConfig config = config(iterations);
    DecoderBase base = base(family, new LoftQFormat(new Quantizer(LoftQFormat.PEFT), config));
    double start = distance(exact, logits(base, task(base, config).current()));
    assertTrue(start < 0.8 * plain, start + " of " + plain);
  }

  /** As it was trained, over the weights that it was trained over, and no others. */
  @ParameterizedTest
  @CsvSource({"llama3, 1", "gpt2, 2"})
  void fitsTheWeightsThatItWasStartedOver(String family, int iterations) {
    LoraConfig config = config(iterations);
    DecoderBase base = base(family, new LoftQFormat(new Quantizer(LoftQFormat.PEFT), config));
    CausalLmTask task = task(base, config);
    new Trainer(task, TrainingConfig.DEFAULT.withEpochs(2), TrainingListener.NONE).run();
    Path directory = folder.resolve("adapter");
    PeftAdapterFiles.save(task.adapter("x", Map.of("note", "kept")), directory);
    LoraAdapter adapter = PeftAdapterFiles.load("x", directory);
    assertEquals("kept", adapter.info().extra().get("note"));
    assertEquals(
        iterations == 1 ? LoraInit.KAIMING : LoraInit.LOFTQ, adapter.config().initLoraWeights());

    WeightFormat plain = WeightFormat.quantized(LoftQFormat.PEFT);
    DecoderBase again = base(family, LoftQFormat.forAdapters(plain, List.of(adapter)));
    assertArrayEquals(logits(base, task.current()), logits(again, again.bind(adapter)), 1e-4f);
    for (WeightFormat other :
        List.of(WeightFormat.FLOAT32, WeightFormat.quantized(QuantConfig.NF4))) {
      DecoderBase wrong = base(family, other);
      String message =
          assertThrows(IllegalArgumentException.class, () -> wrong.bind(adapter)).getMessage();
      assertTrue(message.contains("was started by LoftQ"), message);
      assertTrue(message.contains(other.id()), message);
    }
  }

  @Test
  void whatIsNotInFourBitsIsRefused() {
    LoraConfig config =
        config(1).toBuilder().targetModules(ModuleSelector.names("q_proj", "lm_head")).build();
    DecoderBase base = base("llama2", new LoftQFormat(new Quantizer(LoftQFormat.PEFT), config));
    String message =
        assertThrows(IllegalArgumentException.class, () -> task(base, config)).getMessage();
    assertTrue(message.contains("needs layers in 4 bits, which 'lm_head' is not"), message);

    DecoderBase plain = base("llama2", WeightFormat.quantized(LoftQFormat.PEFT));
    LoraConfig all = config(1);
    message = assertThrows(IllegalArgumentException.class, () -> task(plain, all)).getMessage();
    assertTrue(message.contains("LoftQFormat of the same configuration"), message);
  }

  @Test
  void weightsThatWereInFourBitsBeforeAreRefused() {
    Path out = folder.resolve("packed");
    DecoderQuantizer.write(
        compute,
        DecoderSource.of(new GoldenDecoder("llama2").folder()),
        new Quantizer(QuantConfig.NF4),
        out);
    LoraConfig config = config(1);
    DecoderBase base =
        DecoderSource.of(out)
            .open(compute, new LoftQFormat(new Quantizer(LoftQFormat.PEFT), config));
    String message =
        assertThrows(IllegalArgumentException.class, () -> task(base, config)).getMessage();
    assertTrue(message.contains("is in 4 bits already"), message);
  }
}
