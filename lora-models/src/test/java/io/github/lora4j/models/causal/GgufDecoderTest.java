package io.github.lora4j.models.causal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.lora4j.autograd.Tape;
import io.github.lora4j.autograd.Var;
import io.github.lora4j.checkpoint.CheckpointException;
import io.github.lora4j.compute.Compute;
import io.github.lora4j.lora.ActiveAdapter;
import io.github.lora4j.models.decoder.DecoderBatch;
import io.github.lora4j.models.decoder.DecoderModel;
import io.github.lora4j.models.weights.WeightFormat;
import io.github.lora4j.quant.QuantConfig;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Decoders out of the tiny GGUF files of scripts/fixtures/gguf_files.py. */
class GgufDecoderTest {
  @TempDir private Path folder;

  @ParameterizedTest
  @ValueSource(
      strings = {
        "llama", "qwen2", "qwen3", "gemma2", "gemma3", "phi3", "falcon", "gpt2", "gptneox"
      })
  void mappedBlocksComputeWhatTheirDecodedValuesDo(String architecture) throws Exception {
    DecoderSource source = DecoderSource.of(file(architecture + ".gguf"));
    try (Compute compute = Compute.withThreads(2)) {
      DecoderBase stored = source.open(compute, WeightFormat.STORED);
      DecoderBase decoded = source.open(compute, WeightFormat.FLOAT32);
      assertEquals(stored.fingerprint(), decoded.fingerprint());
      assertTrue(stored.model().weightBytes() <= decoded.model().weightBytes());
      int vocab = stored.model().sizes().vocabSize();
      for (int length : new int[] {1, 9}) {
        int[] ids = new Random(length).ints(length, 0, vocab).toArray();
        float[] expected = logits(compute, decoded.model(), ids);
        float[] actual = logits(compute, stored.model(), ids);
        float largest = 0f;
        float worst = 0f;
        for (int i = 0; i < expected.length; i++) {
          largest = Math.max(largest, Math.abs(expected[i]));
          worst = Math.max(worst, Math.abs(expected[i] - actual[i]));
        }
        assertTrue(largest > 0 && worst / largest < 1e-4, architecture + ": " + worst / largest);
      }
      float[] packed =
          logits(
              compute,
              source.open(compute, WeightFormat.quantized(QuantConfig.NF4)).model(),
              new int[] {1, 2, 3});
      assertEquals(3 * vocab, packed.length);
    }
  }

  private static float[] logits(Compute compute, DecoderModel model, int[] ids) {
    try (Tape tape = Tape.inference(compute)) {
      Var hidden = model.hidden(tape, DecoderBatch.whole(List.of(ids)), ActiveAdapter.NONE);
      int[] rows = IntStream.range(0, ids.length).toArray();
      return model.logits(tape, hidden, rows).value().toArray();
    }
  }

  @Test
  void whatIsNoDecoderSaysSo() throws Exception {
    Path whole = file("llama.gguf");
    Path cut = folder.resolve("cut.gguf");
    Files.write(cut, java.util.Arrays.copyOf(Files.readAllBytes(whole), 3000));
    try (Compute compute = Compute.withThreads(1)) {
      CheckpointException damaged =
          assertThrows(
              CheckpointException.class,
              () -> DecoderSource.of(cut).open(compute, WeightFormat.STORED));
      assertTrue(damaged.getMessage().contains("cut.gguf"), damaged.getMessage());
    }
    Files.writeString(folder.resolve("config.json"), "{\"model_type\": \"mamba\"}");
    CheckpointException unknown =
        assertThrows(CheckpointException.class, () -> DecoderSource.requireDecoder(folder));
    assertTrue(unknown.getMessage().contains("mamba"), unknown.getMessage());
    assertTrue(unknown.getMessage().contains("qwen3"), unknown.getMessage());
  }

  private static Path file(String name) throws URISyntaxException {
    return Path.of(GgufDecoderTest.class.getResource("/golden/gguf/" + name).toURI());
  }
}
