package io.github.lora4j.models.causal;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.github.lora4j.autograd.DoraLinear;
import io.github.lora4j.autograd.Var;
import io.github.lora4j.compute.Compute;
import io.github.lora4j.lora.ActiveAdapter;
import io.github.lora4j.lora.LowRank;
import io.github.lora4j.lora.Magnitude;
import io.github.lora4j.models.decoder.DecoderModel;
import io.github.lora4j.models.generate.FinishReason;
import io.github.lora4j.models.generate.GenerationEngine;
import io.github.lora4j.models.generate.GenerationRequest;
import io.github.lora4j.models.generate.GenerationSequence;
import io.github.lora4j.models.generate.TokenChooser;
import io.github.lora4j.tensor.Tensor;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Requests with different adapters share every pass of an engine. */
class MixedGenerationTest {
  private static final float TOLERANCE = 1e-5f;
  private static final GoldenAdapters ADAPTERS = new GoldenAdapters();

  private final Compute compute = Compute.withThreads(2);
  private final Random random = new Random(8);

  @AfterEach
  void close() {
    compute.close();
  }

  /** Prompts of some requests are read while others decode. */
  @ParameterizedTest
  @ValueSource(strings = {"llama3", "gpt2", "phi3", "gemma2"})
  void logitsAreThoseOfEachRequestAlone(String family) {
    GoldenDecoder golden = new GoldenDecoder(family);
    DecoderModel model = golden.load(compute, "config.json");
    ActiveAdapter plain = golden.updates().byModule()::get;
    compare(model, List.of(plain, ActiveAdapter.NONE, dora(golden, model), plain.scaled(0.5f)));
  }

  static Set<String> bases() {
    return ADAPTERS.bases();
  }

  /** All kinds that PEFT writes: embeddings, output layers, whole modules, tokens, biases. */
  @ParameterizedTest
  @MethodSource("bases")
  void everyKindOfAdapterInOneBatch(String name) {
    List<ActiveAdapter> kinds = new ArrayList<>(List.of(ActiveAdapter.NONE));
    List<String> names = ADAPTERS.names(name);
    DecoderBase base = ADAPTERS.base(names.get(0), compute);
    for (String adapter : names) {
      kinds.add(base.bind(ADAPTERS.adapter(adapter)));
      kinds.add(kinds.get(kinds.size() - 1).scaled(0.5f));
    }
    compare(base.model(), kinds);
  }

  private void compare(DecoderModel model, List<ActiveAdapter> kinds) {
    GenerationEngine engine = new GenerationEngine(compute, model, 5);
    List<GenerationSequence> sequences = new ArrayList<>();
    List<Logits> seen = new ArrayList<>();
    for (int i = 0; i < 3 * kinds.size(); i++) {
      int[] prompt = random.ints(1 + random.nextInt(9), 0, 100).toArray();
      Logits logits = new Logits();
      seen.add(logits);
      sequences.add(
          engine.submit(
              request(prompt, 1 + random.nextInt(12), kinds.get(i % kinds.size()), logits)));
      engine.step();
    }
    engine.run();
    for (int i = 0; i < sequences.size(); i++) {
      GenerationRequest mixed = sequences.get(i).request();
      assertEquals(FinishReason.LENGTH, sequences.get(i).finishReason());
      Logits alone = new Logits();
      GenerationEngine single = new GenerationEngine(compute, model);
      GenerationSequence sequence =
          single.submit(request(mixed.prompt(), mixed.maxNewTokens(), mixed.adapter(), alone));
      single.run();
      assertArrayEquals(sequence.generated(), sequences.get(i).generated());
      assertEquals(alone.steps.size(), seen.get(i).steps.size());
      for (int step = 0; step < alone.steps.size(); step++) {
        assertClose(alone.steps.get(step), seen.get(i).steps.get(step));
      }
    }
  }

  /** Greedy, and keeps what it chose from. */
  private static final class Logits implements TokenChooser {
    private final List<float[]> steps = new ArrayList<>();
    private final TokenChooser greedy = TokenChooser.greedy();

    @Override
    public int next(float[] logits, int[] ids, int length) {
      steps.add(logits.clone());
      return greedy.next(logits, ids, length);
    }
  }

  private static GenerationRequest request(
      int[] prompt, int count, ActiveAdapter adapter, TokenChooser chooser) {
    return new GenerationRequest(prompt, count, Set.of(), adapter, chooser, token -> true);
  }

  /** The golden adapter with lengths of rows that are not those of its weights. */
  private ActiveAdapter dora(GoldenDecoder golden, DecoderModel model) {
    Map<String, LowRank> updates = new HashMap<>();
    golden
        .updates()
        .byModule()
        .forEach(
            (module, plain) -> {
              Tensor a = plain.a().value();
              Tensor b = plain.b().value();
              float[] lengths =
                  DoraLinear.norms(
                      compute, model.linearWeights().get(module), a, b, plain.scaling());
              for (int i = 0; i < lengths.length; i++) {
                lengths[i] *= 0.5f + random.nextFloat();
              }
              Var vector = Var.constant(Tensor.of(lengths, lengths.length));
              updates.put(
                  module,
                  new LowRank(
                      Var.constant(a),
                      Var.constant(b),
                      plain.scaling(),
                      0,
                      new Magnitude(vector),
                      null));
            });
    return updates::get;
  }

  private static void assertClose(float[] expected, float[] actual) {
    float largest = 0;
    for (float value : expected) {
      largest = Math.max(largest, Math.abs(value));
    }
    assertArrayEquals(expected, actual, TOLERANCE * largest);
  }
}
