package io.github.lora4j.models.causal;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.lora4j.compute.Compute;
import io.github.lora4j.lora.ActiveAdapter;
import io.github.lora4j.models.decoder.DecoderModel;
import io.github.lora4j.models.generate.FinishReason;
import io.github.lora4j.models.generate.GenerationEngine;
import io.github.lora4j.models.generate.GenerationRequest;
import io.github.lora4j.models.generate.GenerationSequence;
import io.github.lora4j.models.generate.GenerationTimes;
import io.github.lora4j.models.generate.TokenChooser;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class GenerationEngineTest {
  private final GoldenDecoder golden = new GoldenDecoder("llama3");
  private final Compute compute = Compute.withThreads(2);
  private final DecoderModel model = golden.load(compute, "config.json");

  @AfterEach
  void close() {
    compute.close();
  }

  @Test
  void greedyAsTransformers() {
    assertArrayEquals(golden.generated(), alone(golden.prompt(), 32, ActiveAdapter.NONE));
  }

  /** Sequences that begin and end at different times, with an adapter or without. */
  @Test
  void everyRequestGetsWhatItWouldGetAlone() {
    ActiveAdapter adapter = golden.updates().byModule()::get;
    Random random = new Random(5);
    GenerationEngine engine = new GenerationEngine(compute, model, 3);
    List<GenerationSequence> sequences = new ArrayList<>();
    for (int i = 0; i < 9; i++) {
      int[] prompt = random.ints(1 + random.nextInt(9), 0, 100).toArray();
      ActiveAdapter own = i % 3 == 0 ? adapter : ActiveAdapter.NONE;
      sequences.add(
          engine.submit(GenerationRequest.greedy(prompt, 1 + random.nextInt(20), Set.of(), own)));
      engine.step();
    }
    engine.run();
    for (GenerationSequence sequence : sequences) {
      GenerationRequest request = sequence.request();
      assertEquals(FinishReason.LENGTH, sequence.finishReason());
      assertArrayEquals(
          alone(request.prompt(), request.maxNewTokens(), request.adapter()), sequence.generated());
    }
    assertFalse(engine.step());
  }

  private int[] alone(int[] prompt, int count, ActiveAdapter adapter) {
    GenerationEngine engine = new GenerationEngine(compute, model);
    GenerationSequence sequence =
        engine.submit(GenerationRequest.greedy(prompt, count, Set.of(), adapter));
    engine.run();
    return sequence.generated();
  }

  @Test
  void endTokensListenersAndTheContextEndASequence() {
    int[] expected = golden.generated();
    int end = expected[5];
    int first = firstIndex(expected, end);
    GenerationEngine engine = new GenerationEngine(compute, model);
    GenerationSequence stopped =
        engine.submit(
            GenerationRequest.greedy(golden.prompt(), 32, Set.of(end), ActiveAdapter.NONE));
    GenerationSequence enough =
        engine.submit(request(golden.prompt(), 32, TokenChooser.greedy(), 3));
    GenerationSequence full =
        engine.submit(GenerationRequest.greedy(new int[60], 100, Set.of(), ActiveAdapter.NONE));
    engine.run();
    assertEquals(FinishReason.STOP, stopped.finishReason());
    assertArrayEquals(Arrays.copyOf(expected, first), stopped.generated());
    assertEquals(FinishReason.STOP, enough.finishReason());
    assertEquals(3, enough.generated().length);
    assertEquals(FinishReason.CONTEXT, full.finishReason());
    assertEquals(model.context() - 60, full.generated().length);
  }

  private static int firstIndex(int[] values, int value) {
    int i = 0;
    while (values[i] != value) {
      i++;
    }
    return i;
  }

  private static GenerationRequest request(
      int[] prompt, int count, TokenChooser chooser, int enough) {
    int[] seen = new int[1];
    return new GenerationRequest(
        prompt, count, Set.of(), ActiveAdapter.NONE, chooser, token -> ++seen[0] < enough);
  }

  @Test
  void aFailureOrACancelledSequenceLeavesTheOthers() {
    GenerationEngine engine = new GenerationEngine(compute, model);
    TokenChooser broken =
        (logits, ids, length) -> {
          throw new IllegalStateException("no token may come next");
        };
    GenerationSequence failing = engine.submit(request(golden.prompt(), 32, broken, 99));
    GenerationSequence cancelled =
        engine.submit(request(golden.prompt(), 32, TokenChooser.greedy(), 99));
    GenerationSequence good =
        engine.submit(request(golden.prompt(), 32, TokenChooser.greedy(), 99));
    engine.step();
    cancelled.cancel();
    engine.run();
    assertEquals(FinishReason.FAILED, failing.finishReason());
    assertTrue(failing.failure().getMessage().contains("no token"));
    assertEquals(FinishReason.CANCELLED, cancelled.finishReason());
    assertEquals(1, cancelled.generated().length);
    assertArrayEquals(golden.generated(), good.generated());
  }

  @Test
  void timesAreOfPassesAndNotOfTexts() {
    GenerationEngine engine = new GenerationEngine(compute, model, 1);
    int end = golden.generated()[0];
    GenerationSequence none =
        engine.submit(
            GenerationRequest.greedy(golden.prompt(), 4, Set.of(end), ActiveAdapter.NONE));
    GenerationSequence one =
        engine.submit(GenerationRequest.greedy(golden.prompt(), 1, Set.of(), ActiveAdapter.NONE));
    GenerationSequence four =
        engine.submit(GenerationRequest.greedy(golden.prompt(), 4, Set.of(), ActiveAdapter.NONE));
    engine.run();
    for (GenerationSequence sequence : List.of(none, one, four)) {
      assertTrue(sequence.times().prefill() > 0);
    }
    assertEquals(0, none.times().decode());
    assertEquals(0, one.times().decode());
    assertTrue(four.times().decode() > 0);
    GenerationSequence cancelled =
        engine.submit(GenerationRequest.greedy(golden.prompt(), 4, Set.of(), ActiveAdapter.NONE));
    cancelled.cancel();
    engine.run();
    assertEquals(new GenerationTimes(0, 0), cancelled.times());
  }

  @Test
  void badRequestsAreRefused() {
    GenerationEngine engine = new GenerationEngine(compute, model);
    for (int[] prompt : List.of(new int[model.context()], new int[] {100}, new int[] {-1})) {
      GenerationRequest request = GenerationRequest.greedy(prompt, 1, Set.of(), ActiveAdapter.NONE);
      assertThrows(IllegalArgumentException.class, () -> engine.submit(request));
    }
    assertThrows(
        IllegalArgumentException.class,
        () -> GenerationRequest.greedy(new int[0], 1, Set.of(), ActiveAdapter.NONE));
    assertThrows(
        IllegalArgumentException.class,
        () -> GenerationRequest.greedy(new int[] {1}, 0, Set.of(), ActiveAdapter.NONE));
  }
}
