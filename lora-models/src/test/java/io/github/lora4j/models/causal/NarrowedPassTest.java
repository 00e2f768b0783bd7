package io.github.lora4j.models.causal;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.github.lora4j.autograd.Tape;
import io.github.lora4j.autograd.Var;
import io.github.lora4j.compute.Compute;
import io.github.lora4j.lora.ActiveAdapter;
import io.github.lora4j.lora.RowAdapters;
import io.github.lora4j.models.decoder.DecoderBatch;
import io.github.lora4j.models.decoder.DecoderModel;
import io.github.lora4j.tensor.Ragged;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The last layer for some rows only, against those rows of all. */
class NarrowedPassTest {
  static List<String> cases() {
    return DecoderGoldenTest.CASES;
  }

  @ParameterizedTest
  @MethodSource("cases")
  void rowsAreThoseOfTheWholePass(String name) {
    GoldenDecoder golden = new GoldenDecoder(name);
    ActiveAdapter adapter = golden.updates().byModule()::get;
    try (Compute compute = Compute.withThreads(2)) {
      DecoderModel model = golden.load(compute, "config.json");
      List<int[]> sequences = golden.sequences();
      List<ActiveAdapter> adapters = new ArrayList<>();
      for (int s = 0; s < sequences.size(); s++) {
        adapters.add(2 * s < sequences.size() ? adapter : ActiveAdapter.NONE);
      }
      DecoderBatch batch = DecoderBatch.whole(sequences);
      RowAdapters all = RowAdapters.of(batch.rows(), adapters);
      int[] ones = IntStream.rangeClosed(0, sequences.size()).toArray();
      RowAdapters ofLast = RowAdapters.of(new Ragged(ones), adapters);
      compare(compute, model, batch, all, batch.lastRows(), ofLast);
      int[] every = IntStream.range(0, batch.ids().length).toArray();
      compare(compute, model, batch, all, every, all);
    }
  }

  private static void compare(
      Compute compute,
      DecoderModel model,
      DecoderBatch batch,
      RowAdapters adapters,
      int[] rows,
      RowAdapters kept) {
    try (Tape tape = Tape.inference(compute)) {
      Var hidden = model.hidden(tape, batch, adapters);
      float[] expected = model.logits(tape, hidden, rows, kept).value().toArray();
      Var narrowed = model.hidden(tape, batch, adapters, rows, kept);
      float[] actual = model.logits(tape, narrowed, kept).value().toArray();
      assertEquals(expected.length, actual.length);
      for (int i = 0; i < expected.length; i++) {
        assertEquals(expected[i], actual[i], 1e-5f * Math.max(1, Math.abs(expected[i])));
      }
    }
  }
}
