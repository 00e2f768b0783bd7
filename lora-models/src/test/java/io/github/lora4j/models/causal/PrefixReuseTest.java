package io.github.lora4j.models.causal;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.lora4j.compute.Compute;
import io.github.lora4j.lora.ActiveAdapter;
import io.github.lora4j.models.decoder.DecoderModel;
import io.github.lora4j.models.decoder.KvCache;
import io.github.lora4j.models.generate.GenerationEngine;
import io.github.lora4j.models.generate.GenerationRequest;
import io.github.lora4j.models.generate.GenerationSequence;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Prompts with the same instruction before them. */
class PrefixReuseTest {
  private static final int NEW = 6;

  private final Compute compute = Compute.withThreads(2);

  @AfterEach
  void close() {
    compute.close();
  }

  static List<String> cases() {
    return DecoderGoldenTest.CASES;
  }

  private static int[] concat(int[] a, int[] b) {
    return IntStream.concat(IntStream.of(a), IntStream.of(b)).toArray();
  }

  private int[] alone(DecoderModel model, GenerationRequest request) {
    GenerationEngine engine = new GenerationEngine(compute, model);
    GenerationSequence sequence =
        engine.submit(GenerationRequest.greedy(request.prompt(), NEW, Set.of(), request.adapter()));
    engine.run();
    assertEquals(0, sequence.cachedTokens());
    return sequence.generated();
  }

  private List<GenerationSequence> run(
      DecoderModel model, int together, List<int[]> prompts, List<ActiveAdapter> adapters) {
    GenerationEngine engine = new GenerationEngine(compute, model, together);
    List<GenerationSequence> sequences = new ArrayList<>();
    for (int i = 0; i < prompts.size(); i++) {
      sequences.add(
          engine.submit(GenerationRequest.greedy(prompts.get(i), NEW, Set.of(), adapters.get(i))));
    }
    engine.run();
    for (GenerationSequence sequence : sequences) {
      assertArrayEquals(alone(model, sequence.request()), sequence.generated());
    }
    return sequences;
  }

  @ParameterizedTest
  @MethodSource("cases")
  void everyFamilyComputesAnInstructionOnce(String name) {
    GoldenDecoder golden = new GoldenDecoder(name);
    DecoderModel model = golden.load(compute, "config.json");
    ActiveAdapter adapter = golden.updates().byModule()::get;
    Random random = new Random(7);
    int vocab = model.sizes().vocabSize();
    int[] instruction = random.ints(20, 0, vocab).toArray();
    List<int[]> prompts = new ArrayList<>();
    List<ActiveAdapter> adapters = new ArrayList<>();
    for (int i = 0; i < 6; i++) {
      prompts.add(concat(instruction, random.ints(1 + i % 3, 0, vocab).toArray()));
      adapters.add(i % 2 == 0 ? adapter : ActiveAdapter.NONE);
    }
    prompts.add(instruction);
    adapters.add(adapter);
    List<GenerationSequence> sequences = run(model, 64, prompts, adapters);
    boolean shares = model.sharingLength() >= 23;
    for (int i = 0; i < sequences.size(); i++) {
      int shared = i < 2 || !shares ? 0 : i < 6 ? 20 : 19;
      assertEquals(shared, sequences.get(i).cachedTokens(), name + " " + i);
    }
  }

  @Test
  void oneThatComesLaterTakesFromOneThatRuns() {
    GoldenDecoder golden = new GoldenDecoder("llama3");
    DecoderModel model = golden.load(compute, "config.json");
    int[] long0 = new Random(1).ints(30, 0, 100).toArray();
    int[] long1 = concat(IntStream.of(long0).limit(25).toArray(), new int[] {5, 6});
    int[] short0 = {long0[0], long0[1], 3};
    // Two at a time: the third and fourth begin when others have ended.
    List<int[]> prompts = List.of(long0, short0, long1, long0);
    List<ActiveAdapter> none =
        List.of(ActiveAdapter.NONE, ActiveAdapter.NONE, ActiveAdapter.NONE, ActiveAdapter.NONE);
    List<GenerationSequence> sequences = run(model, 2, prompts, none);
    assertEquals(0, sequences.get(1).cachedTokens(), "too little is the same");
    int reused = sequences.stream().mapToInt(GenerationSequence::cachedTokens).sum();
    assertTrue(reused > 0, "nothing was reused");
  }

  @Test
  void aCacheHasNoMoreThanItTook() {
    DecoderModel model = new GoldenDecoder("llama3").load(compute, "config.json");
    KvCache empty = model.newCache();
    assertThrows(IllegalArgumentException.class, () -> model.newCache().copy(empty, 1));
    assertThrows(IllegalArgumentException.class, () -> model.newCache().copy(empty, -1));
  }
}
