package io.github.lora4j.models.causal;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.github.lora4j.autograd.Parameter;
import io.github.lora4j.autograd.Tape;
import io.github.lora4j.autograd.Var;
import io.github.lora4j.compute.Compute;
import io.github.lora4j.compute.KernelSet;
import io.github.lora4j.lora.ActiveAdapter;
import io.github.lora4j.models.decoder.DecoderBatch;
import io.github.lora4j.models.decoder.DecoderModel;
import io.github.lora4j.models.decoder.KvCache;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Every family against transformers and PEFT, for each set of kernels that this JVM can run. */
class DecoderGoldenTest {
  static final List<String> CASES =
      List.of(
          "llama2",
          "llama3",
          "llama-linear",
          "llama-dynamic",
          "llama-yarn",
          "mistral",
          "qwen2",
          "qwen3",
          "gemma2",
          "gemma3",
          "phi3",
          "phi3-longrope",
          "falcon-7b",
          "falcon-40b",
          "falcon-11b",
          "falcon-rw",
          "gpt2",
          "neox",
          "neox-sequential");

  /** Frequencies that change with the length: what is cached was rotated by earlier ones. */
  private static final Set<String> CHANGING = Set.of("llama-dynamic", "phi3-longrope");

  static List<Arguments> casesAndKernels() {
    List<Arguments> arguments = new ArrayList<>();
    for (String name : CASES) {
      for (KernelSet set : KernelSet.values()) {
        if (set.available()) {
          arguments.add(Arguments.of(name, set));
        }
      }
    }
    return arguments;
  }

  @ParameterizedTest
  @MethodSource("casesAndKernels")
  void logitsWithBothConfigs(String name, KernelSet set) {
    GoldenDecoder golden = new GoldenDecoder(name);
    try (Compute compute = new Compute(set, 2)) {
      for (String config : List.of("config.json", "config.v4.json")) {
        DecoderModel model = golden.load(compute, config);
        golden.assertClose(
            "logits", logits(compute, model, golden.sequences(), ActiveAdapter.NONE), 1e-5);
      }
    }
  }

  @ParameterizedTest
  @MethodSource("casesAndKernels")
  void gradientsOfAllLoraParameters(String name, KernelSet set) {
    GoldenDecoder golden = new GoldenDecoder(name);
    try (Compute compute = new Compute(set, 2)) {
      DecoderModel model = golden.load(compute, "config.json");
      for (boolean checkpointing : new boolean[] {false, true}) {
        GoldenDecoder.Updates updates = golden.updates();
        assertEquals(model.linearModules().keySet(), updates.byModule().keySet());
        ActiveAdapter adapter = updates.byModule()::get;
        List<int[]> sequences = golden.sequences();
        golden.assertClose("lora/logits", logits(compute, model, sequences, adapter), 1e-5);
        try (Tape tape = Tape.training(compute, 1)) {
          if (checkpointing) {
            tape.checkpointActivations();
          }
          DecoderBatch batch = DecoderBatch.whole(sequences);
          Var hidden = model.hidden(tape, batch, adapter);
          int[] rows = labelled(batch);
          int[] labels = Arrays.stream(rows).map(row -> batch.ids()[row + 1]).toArray();
          Var loss = model.loss(tape, hidden, rows, labels, rows.length, adapter);
          golden.assertClose("lora/loss", loss.value().toArray(), 1e-5);
          tape.backward(loss);
        }
        for (Parameter parameter : updates.parameters()) {
          golden.assertClose("lora/grad/" + parameter.name(), parameter.grad().toArray(), 1e-4);
        }
      }
    }
  }

  /** The rows that another token of their sequence follows. */
  static int[] labelled(DecoderBatch batch) {
    List<Integer> last = Arrays.stream(batch.lastRows()).boxed().toList();
    return IntStream.range(0, batch.ids().length).filter(row -> !last.contains(row)).toArray();
  }

  @ParameterizedTest
  @MethodSource("casesAndKernels")
  void greedyDecodingWithAndWithoutTheCache(String name, KernelSet set) {
    GoldenDecoder golden = new GoldenDecoder(name);
    try (Compute compute = new Compute(set, 2)) {
      DecoderModel model = golden.load(compute, "config.json");
      int[] prompt = golden.prompt();
      int[] expected = golden.generated();
      assertArrayEquals(expected, withoutCache(compute, model, prompt, expected.length));
      if (!CHANGING.contains(name)) {
        assertArrayEquals(expected, withCache(compute, model, prompt, expected.length));
      }
    }
  }

  private static int[] withoutCache(Compute compute, DecoderModel model, int[] prompt, int count) {
    int[] ids = prompt;
    for (int i = 0; i < count; i++) {
      try (Tape tape = Tape.inference(compute)) {
        DecoderBatch batch = DecoderBatch.whole(List.of(ids));
        ids = Arrays.copyOf(ids, ids.length + 1);
        ids[ids.length - 1] = next(tape, model, batch);
      }
    }
    return Arrays.copyOfRange(ids, prompt.length, ids.length);
  }

  private static int[] withCache(Compute compute, DecoderModel model, int[] prompt, int count) {
    KvCache cache = model.newCache();
    int[] tokens = prompt;
    int[] generated = new int[count];
    for (int i = 0; i < count; i++) {
      try (Tape tape = Tape.inference(compute)) {
        generated[i] = next(tape, model, DecoderBatch.next(List.of(tokens), List.of(cache)));
        tokens = new int[] {generated[i]};
      }
    }
    assertEquals(prompt.length + count - 1, cache.length());
    return generated;
  }

  private static int next(Tape tape, DecoderModel model, DecoderBatch batch) {
    Var hidden = model.hidden(tape, batch, ActiveAdapter.NONE);
    float[] logits =
        model.logits(tape, hidden, batch.lastRows(), ActiveAdapter.NONE).value().toArray();
    int best = 0;
    for (int i = 1; i < logits.length; i++) {
      best = logits[i] > logits[best] ? i : best;
    }
    return best;
  }

  static float[] logits(
      Compute compute, DecoderModel model, List<int[]> sequences, ActiveAdapter adapter) {
    try (Tape tape = Tape.inference(compute)) {
      DecoderBatch batch = DecoderBatch.whole(sequences);
      Var hidden = model.hidden(tape, batch, adapter);
      int[] rows = IntStream.range(0, batch.ids().length).toArray();
      return model.logits(tape, hidden, rows, adapter).value().toArray();
    }
  }
}
