package io.github.lora4j.models.causal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.lora4j.autograd.Tape;
import io.github.lora4j.autograd.Var;
import io.github.lora4j.checkpoint.CheckpointException;
import io.github.lora4j.compute.Compute;
import io.github.lora4j.lora.ActiveAdapter;
import io.github.lora4j.lora.LoraConfig;
import io.github.lora4j.lora.ModuleSelector;
import io.github.lora4j.models.decoder.DecoderBatch;
import io.github.lora4j.models.decoder.DecoderModel;
import io.github.lora4j.models.generate.FinishReason;
import io.github.lora4j.models.generate.GenerationEngine;
import io.github.lora4j.models.generate.GenerationRequest;
import io.github.lora4j.models.generate.GenerationSequence;
import io.github.lora4j.models.gguf.GgufFile;
import io.github.lora4j.models.weights.WeightFormat;
import io.github.lora4j.quant.QuantConfig;
import java.net.URISyntaxException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
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
      DecoderBase inMemory = source.open(compute, WeightFormat.PACKED);
      DecoderBase decoded = source.open(compute, WeightFormat.FLOAT32);
      assertEquals(stored.fingerprint(), decoded.fingerprint());
      assertTrue(stored.model().weightBytes() <= decoded.model().weightBytes());
      int vocab = stored.model().sizes().vocabSize();
      for (int length : new int[] {1, 9}) {
        int[] ids = new Random(length).ints(length, 0, vocab).toArray();
        float[] expected = logits(compute, decoded.model(), ids);
        requireNear(expected, logits(compute, stored.model(), ids));
        requireNear(expected, logits(compute, inMemory.model(), ids));
      }
      float[] packed =
          logits(
              compute,
              source.open(compute, WeightFormat.quantized(QuantConfig.NF4)).model(),
              new int[] {1, 2, 3});
      assertEquals(3 * vocab, packed.length);
    }
  }

  private static void requireNear(float[] expected, float[] actual) {
    float largest = 0f;
    float worst = 0f;
    for (int i = 0; i < expected.length; i++) {
      largest = Math.max(largest, Math.abs(expected[i]));
      worst = Math.max(worst, Math.abs(expected[i] - actual[i]));
    }
    assertTrue(largest > 0 && worst / largest < 1e-4, worst + " of " + largest);
  }

  private static float[] logits(Compute compute, DecoderModel model, int[] ids) {
    try (Tape tape = Tape.inference(compute)) {
      Var hidden = model.hidden(tape, DecoderBatch.whole(List.of(ids)), ActiveAdapter.NONE);
      int[] rows = IntStream.range(0, ids.length).toArray();
      return model.logits(tape, hidden, rows, ActiveAdapter.NONE).value().toArray();
    }
  }

  /** A block's scale is the first thing in it, in half precision; both of Q4_1 come so. */
  @ParameterizedTest
  @CsvSource({
    "blk.1.attn_q.weight, model.layers.1.self_attn.q_proj, 0x7e00, NaN",
    "blk.0.ffn_up.weight, model.layers.0.mlp.up_proj, 0x7c00, ",
    "output.weight, output layer, 0xfc00, -Infinity"
  })
  void aScaleThatIsNotFiniteIsNamed(String tensor, String name, int bits, String value)
      throws Exception {
    Path damaged = folder.resolve("damaged.gguf");
    byte[] content = Files.readAllBytes(file("llama.gguf"));
    try (GgufFile whole = GgufFile.open(file("llama.gguf"))) {
      int at = Math.toIntExact(whole.tensor(tensor).offset());
      ByteBuffer.wrap(content).order(ByteOrder.LITTLE_ENDIAN).putShort(at, (short) bits);
    }
    Files.write(damaged, content);
    try (Compute compute = Compute.withThreads(1)) {
      DecoderBase base = DecoderSource.of(damaged).open(compute, WeightFormat.STORED);
      GenerationEngine engine = new GenerationEngine(compute, base.model());
      GenerationSequence sequence =
          engine.submit(
              GenerationRequest.greedy(new int[] {1, 2, 3}, 4, Set.of(), ActiveAdapter.NONE));
      engine.run();
      assertEquals(FinishReason.FAILED, sequence.finishReason());
      String message = sequence.failure().getMessage();
      String expected = "logits are not finite: the weight of '" + name + "' is ";
      assertTrue(message.startsWith(expected + (value == null ? "" : value)), message);
      assertTrue(message.contains(" at row 0, column "), message);
      assertThrows(
          CheckpointException.class,
          () -> DecoderSource.of(damaged).open(compute, WeightFormat.FLOAT32));

      CausalLmTask task =
          new CausalLmTask(
              base,
              LoraConfig.builder().r(2).targetModules(new ModuleSelector.AllLinear()).build(),
              List.of(CausalExample.completion(new int[] {1, 2}, new int[] {3})),
              List.of(CausalExample.completion(new int[] {1, 2}, new int[] {3})),
              0);
      for (Executable run :
          List.<Executable>of(() -> task.accumulate(new int[] {0}, 1, 0), task::evaluate)) {
        IllegalStateException loss = assertThrows(IllegalStateException.class, run);
        assertTrue(
            loss.getMessage().contains("the weight of '" + name + "' is "), loss.getMessage());
      }
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
