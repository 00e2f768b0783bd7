package io.github.lora4j.models.causal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.lora4j.autograd.Parameter;
import io.github.lora4j.autograd.Tape;
import io.github.lora4j.compute.Compute;
import io.github.lora4j.compute.KernelSet;
import io.github.lora4j.lora.ActiveAdapter;
import io.github.lora4j.models.batch.SharedPrefixes;
import io.github.lora4j.models.decoder.DecoderBatch;
import io.github.lora4j.models.decoder.DecoderModel;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Losses and gradients with what examples begin with computed once, against each by itself. */
class SharedPrefixTrainingTest {
  /** A dropout that the adapters of the test do not have, so that nothing is shared. */
  private static final double APART = 0.5;

  static List<String> cases() {
    return DecoderGoldenTest.CASES;
  }

  /** Two instructions after the same first tokens, texts of several lengths, a long answer. */
  private static List<CausalExample> examples(int vocab, int longest) {
    SplittableRandom random = new SplittableRandom(4);
    boolean small = longest < 20;
    int[] system = random.ints(4, 0, vocab).toArray();
    int[][] instructions = {
      random.ints(small ? 1 : 4, 0, vocab).toArray(), random.ints(small ? 1 : 6, 0, vocab).toArray()
    };
    List<CausalExample> examples = new ArrayList<>();
    for (int i = 0; i < 7; i++) {
      int[] text = random.ints(small ? 1 : 1 + i % 4, 0, vocab).toArray();
      int[] prompt = concat(concat(system, instructions[i % 2]), text);
      int[] answer = random.ints(i == 0 ? longest - prompt.length : 2, 0, vocab).toArray();
      examples.add(CausalExample.completion(prompt, answer));
    }
    examples.add(CausalExample.completion(system, system));
    return examples;
  }

  private static int[] concat(int[] a, int[] b) {
    return IntStream.concat(IntStream.of(a), IntStream.of(b)).toArray();
  }

  @ParameterizedTest
  @MethodSource("cases")
  void gradientsAreThoseOfEachByItself(String name) {
    GoldenDecoder golden = new GoldenDecoder(name);
    for (int threads : new int[] {1, 2}) {
      try (Compute compute = new Compute(KernelSet.selected(), threads)) {
        DecoderModel model = golden.load(compute, "config.json");
        int longest = Math.min(model.sharingLength(), 24);
        check(golden, compute, model, examples(model.sizes().vocabSize(), longest), true);
      }
    }
  }

  @Test
  void textsWhoseAnglesDependOnTheirLengthShareNothing() {
    for (String name : List.of("llama-dynamic", "phi3-longrope")) {
      GoldenDecoder golden = new GoldenDecoder(name);
      try (Compute compute = Compute.withThreads(2)) {
        DecoderModel model = golden.load(compute, "config.json");
        assertTrue(model.sharingLength() < model.context(), name);
        int longest = model.sharingLength() + 1;
        List<CausalExample> examples = examples(model.sizes().vocabSize(), longest);
        check(golden, compute, model, examples, false);

        List<int[]> ids = examples.stream().map(CausalExample::ids).toList();
        SharedPrefixes prefixes =
            SharedPrefixes.of(ids, ids.stream().mapToInt(text -> text.length - 1).toArray());
        try (Tape tape = Tape.inference(compute)) {
          DecoderBatch batch = DecoderBatch.shared(prefixes);
          IllegalArgumentException e =
              assertThrows(
                  IllegalArgumentException.class,
                  () -> model.hidden(tape, batch, ActiveAdapter.NONE));
          assertTrue(e.getMessage().contains("" + model.sharingLength()), e.getMessage());
        }
      }
    }
  }

  private static void check(
      GoldenDecoder golden,
      Compute compute,
      DecoderModel model,
      List<CausalExample> examples,
      boolean shares) {
    GoldenDecoder.Updates updates = golden.updates();
    int labels = examples.stream().mapToInt(CausalExample::labels).sum();
    CausalLoss apart = new CausalLoss(compute, model, updates.byModule()::get, APART);
    CausalLoss shared = new CausalLoss(compute, model, updates.byModule()::get, 0);
    int tokens = examples.stream().mapToInt(example -> example.ids().length).sum();
    assertEquals(tokens, apart.rows(examples).rows());
    assertEquals(shares, shared.rows(examples).rows() < tokens);

    double expected = apart.accumulate(examples, labels, 1, false);
    List<float[]> gradients = new ArrayList<>();
    for (Parameter parameter : updates.parameters()) {
      gradients.add(parameter.grad().toArray());
      parameter.zeroGrad();
    }
    assertEquals(expected, shared.accumulate(examples, labels, 1, true), 1e-5 * expected);
    assertEquals(expected, shared.sum(examples), 1e-5 * expected);
    for (int p = 0; p < gradients.size(); p++) {
      Parameter parameter = updates.parameters().get(p);
      assertClose(parameter.name(), gradients.get(p), parameter.grad().toArray());
    }
  }

  private static void assertClose(String name, float[] expected, float[] actual) {
    float largest = 0;
    for (float value : expected) {
      largest = Math.max(largest, Math.abs(value));
    }
    for (int i = 0; i < expected.length; i++) {
      assertEquals(expected[i], actual[i], 2e-5f * largest, name);
    }
  }
}
