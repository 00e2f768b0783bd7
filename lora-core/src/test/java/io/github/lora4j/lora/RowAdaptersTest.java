package io.github.lora4j.lora;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.lora4j.autograd.Tape;
import io.github.lora4j.autograd.Var;
import io.github.lora4j.compute.Compute;
import io.github.lora4j.compute.HalfMatrix;
import io.github.lora4j.compute.KernelSet;
import io.github.lora4j.tensor.DenseMatrix;
import io.github.lora4j.tensor.FrozenMatrix;
import io.github.lora4j.tensor.HalfType;
import io.github.lora4j.tensor.Ragged;
import io.github.lora4j.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class RowAdaptersTest {
  private static final int OUT = 37;
  private static final int IN = 300;
  private static final String NAME = "layer";

  private final Random random = new Random(3);
  private final List<ActiveAdapter> adapters =
      List.of(
          ActiveAdapter.NONE,
          fixed(update(8, false, false), null),
          fixed(update(3, true, false), null),
          fixed(update(5, false, true), null),
          fixed(update(2, false, false), values(OUT)),
          fixed(update(6, true, false), values(OUT)),
          fixed(null, values(OUT)),
          over(update(4, false, false)),
          over(update(4, true, false)),
          whole(),
          fixed(update(8, false, false), null).scaled(0.25f),
          fixed(update(7, true, false), null).scaled(-2f),
          fixed(update(4, false, true), null).scaled(0),
          fixed(finished(update(8, false, false)), null),
          fixed(finished(update(5, true, false)), values(OUT)),
          fixed(finished(update(3, false, true)), null).scaled(0.5f));

  private static ActiveAdapter fixed(LowRank update, float[] bias) {
    return new ActiveAdapter() {
      @Override
      public LowRank lowRank(String module) {
        return update;
      }

      @Override
      public Var bias(String module) {
        return bias == null ? null : Var.constant(Tensor.of(bias, bias.length));
      }
    };
  }

  /** Over weights of its own. */
  private ActiveAdapter over(LowRank update) {
    FrozenMatrix own = DenseMatrix.pack(values(OUT * IN), OUT, IN, 8);
    return fixed(
        new LowRank(
            update.a(), update.b(), update.scaling(), 0, update.magnitude(), update.bias(), own),
        null);
  }

  private ActiveAdapter whole() {
    SavedModule saved = new SavedModule(Var.constant(Tensor.of(values(OUT * IN), OUT, IN)), row());
    return new ActiveAdapter() {
      @Override
      public LowRank lowRank(String module) {
        return null;
      }

      @Override
      public SavedModule saved(String module) {
        return saved;
      }
    };
  }

  private float[] values(int count) {
    float[] values = new float[count];
    for (int i = 0; i < count; i++) {
      values[i] = (float) random.nextGaussian();
    }
    return values;
  }

  private Var row() {
    return Var.constant(Tensor.of(values(OUT), OUT));
  }

  private LowRank update(int r, boolean dora, boolean bias) {
    return new LowRank(
        Var.constant(Tensor.of(values(r * IN), r, IN)),
        Var.constant(Tensor.of(values(OUT * r), OUT, r)),
        2f / r,
        0,
        dora ? new Magnitude(row()) : null,
        bias ? row() : null);
  }

  private static LowRank finished(LowRank update) {
    Magnitude magnitude = update.magnitude();
    return LowRank.finished(
        update.a().value(),
        update.b().value(),
        update.scaling(),
        magnitude == null ? null : magnitude.vector().value(),
        update.bias() == null ? null : update.bias().value());
  }

  /** An adapter that will not change is run in another way. */
  @ParameterizedTest
  @EnumSource(KernelSet.class)
  void aFinishedAdapterDoesWhatItDidBefore(KernelSet set) {
    if (!set.available()) {
      return;
    }
    try (Compute compute = new Compute(set, 2)) {
      LinearLayer layer =
          new LinearLayer(NAME, compute.gemm().dense(values(OUT * IN), OUT, IN), values(OUT));
      for (int kind = 0; kind < 3; kind++) {
        LowRank update = update(4 + kind, kind == 1, kind == 2);
        for (int rows : new int[] {1, 2, 9, 70}) {
          float[] x = values(rows * IN);
          float[] expected = forward(compute, layer, x, rows, fixed(update, null));
          float[] actual = forward(compute, layer, x, rows, fixed(finished(update), null));
          assertArrayEquals(expected, actual, 1e-3f, rows + " rows of kind " + kind);
        }
      }
    }
  }

  /** In one go or one after the other, with an adapter that has something for one of them. */
  @ParameterizedTest
  @EnumSource(KernelSet.class)
  void layersTogetherAreWhatEachIsAlone(KernelSet set) {
    if (!set.available()) {
      return;
    }
    try (Compute compute = new Compute(set, 2)) {
      LinearLayer layer =
          new LinearLayer(NAME, compute.gemm().dense(values(OUT * IN), OUT, IN), values(OUT));
      FrozenMatrix half = HalfMatrix.pack(compute, HalfType.BFLOAT16, values(9 * IN), 9, IN);
      LinearLayer other = new LinearLayer("other", half, null);
      for (ActiveAdapter adapter : adapters) {
        for (int rows : new int[] {1, 5, 70}) {
          Var x = Var.constant(Tensor.of(values(rows * IN), rows, IN));
          BatchAdapters forOne = forLayer(adapter);
          try (Tape tape = Tape.inference(compute)) {
            List<Var> together = LinearLayer.forwardAll(tape, x, forOne, layer, other, other);
            for (int i = 0; i < 3; i++) {
              float[] alone = (i == 0 ? layer : other).forward(tape, x, forOne).value().toArray();
              assertArrayEquals(alone, together.get(i).value().toArray(), rows + " rows, " + i);
            }
          }
        }
      }
    }
  }

  private static ActiveAdapter forLayer(ActiveAdapter adapter) {
    return new ActiveAdapter() {
      @Override
      public LowRank lowRank(String module) {
        return module.equals(NAME) ? adapter.lowRank(module) : null;
      }

      @Override
      public Var bias(String module) {
        return module.equals(NAME) ? adapter.bias(module) : null;
      }

      @Override
      public SavedModule saved(String module) {
        return module.equals(NAME) ? adapter.saved(module) : null;
      }
    };
  }

  /** Segments of one row, of a few and of so many that threads share them. */
  @ParameterizedTest
  @EnumSource(KernelSet.class)
  void rowsAreThoseOfTheirAdapterAlone(KernelSet set) {
    if (!set.available()) {
      return;
    }
    List<ActiveAdapter> chosen = new ArrayList<>(adapters);
    chosen.addAll(adapters.subList(0, 4));
    chosen.add(adapters.get(13));
    chosen.add(adapters.get(15));
    int[] lengths = {1, 7, 2, 130, 5, 9, 3, 4, 1, 6, 70, 1, 2, 200, 8, 1, 12, 3, 1, 1, 65, 1};
    int rows = Arrays.stream(lengths).sum();
    float[] x = values(rows * IN);
    try (Compute compute = new Compute(set, 3)) {
      LinearLayer layer =
          new LinearLayer(NAME, compute.gemm().dense(values(OUT * IN), OUT, IN), values(OUT));
      List<AdapterSegment> segments = new ArrayList<>();
      int from = 0;
      for (int i = 0; i < lengths.length; i++) {
        segments.add(new AdapterSegment(chosen.get(i), from, from + lengths[i]));
        from += lengths[i];
      }
      float[] mixed = forward(compute, layer, x, rows, new RowAdapters(segments));
      for (AdapterSegment segment : segments) {
        float[] own = Arrays.copyOfRange(x, segment.from() * IN, segment.to() * IN);
        int count = segment.to() - segment.from();
        float[] alone = forward(compute, layer, own, count, segment.adapter());
        float[] actual = Arrays.copyOfRange(mixed, segment.from() * OUT, segment.to() * OUT);
        // ND4J sums in an order that depends on the number of rows; values are up to 100.
        assertArrayEquals(alone, actual, set == KernelSet.ND4J ? 1e-3f : 0f, segment.toString());
      }
    }
  }

  private static float[] forward(
      Compute compute, LinearLayer layer, float[] x, int rows, BatchAdapters adapters) {
    try (Tape tape = Tape.inference(compute)) {
      Var in = Var.constant(Tensor.of(x, rows, IN));
      return layer.forward(tape, in, adapters).value().toArray();
    }
  }

  /** With DoRA, lengths of rows belong to the scale as in PEFT, which scales before it divides. */
  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void aScaleIsThatOfTheUpdate(boolean dora) {
    LowRank update = update(4, dora, !dora);
    Magnitude fresh = dora ? new Magnitude(update.magnitude().vector()) : null;
    LowRank halved =
        new LowRank(update.a(), update.b(), update.scaling() * 0.5f, 0, fresh, update.bias());
    try (Compute compute = new Compute(KernelSet.SCALAR, 1)) {
      LinearLayer layer =
          new LinearLayer(NAME, compute.gemm().dense(values(OUT * IN), OUT, IN), null);
      float[] x = values(3 * IN);
      float[] whole = forward(compute, layer, x, 3, fixed(update, null));
      float[] half = forward(compute, layer, x, 3, fixed(update, null).scaled(0.5f));
      assertArrayEquals(forward(compute, layer, x, 3, fixed(halved, null)), half);
      assertTrue(!Arrays.equals(whole, half));
    }
  }

  @Test
  void scalesOfOneAdapterAreEqual() {
    ActiveAdapter adapter = adapters.get(1);
    assertSame(adapter, adapter.scaled(1));
    assertEquals(adapter.scaled(0.5f), adapter.scaled(0.5f));
    assertEquals(adapter.scaled(0.5f).hashCode(), adapter.scaled(0.5f).hashCode());
    assertNotEquals(adapter.scaled(0.5f), adapter.scaled(0.6f));
    assertNotEquals(adapter.scaled(0.5f), adapters.get(4).scaled(0.5f));
    for (float bad : new float[] {Float.NaN, Float.POSITIVE_INFINITY}) {
      assertThrows(IllegalArgumentException.class, () -> adapter.scaled(bad));
    }
  }

  @Test
  void neighboursWithOneAdapterShareASegment() {
    ActiveAdapter a = adapters.get(1);
    ActiveAdapter b = adapters.get(4);
    Ragged batch = new Ragged(new int[] {0, 2, 5, 5, 9});
    assertEquals(
        List.of(new AdapterSegment(a, 0, 5), new AdapterSegment(b, 5, 9)),
        RowAdapters.of(batch, List.of(a, a, b, b)).segments(9));
    assertEquals(List.of(), RowAdapters.of(new Ragged(new int[] {0}), List.of()).segments(0));
    assertArrayEquals(new int[] {0, 2, 4, 1, 3}, RowAdapters.order(List.of(a, b, a, b, a)));
  }

  @Test
  void whatDoesNotFitIsRefused() {
    ActiveAdapter a = adapters.get(1);
    Ragged batch = new Ragged(new int[] {0, 2, 5});
    assertThrows(IllegalArgumentException.class, () -> RowAdapters.of(batch, List.of(a)));
    RowAdapters rows = RowAdapters.of(batch, List.of(a, ActiveAdapter.NONE));
    assertThrows(IllegalArgumentException.class, () -> rows.segments(4));
    List<AdapterSegment> gap =
        List.of(new AdapterSegment(a, 0, 2), new AdapterSegment(ActiveAdapter.NONE, 3, 5));
    assertThrows(IllegalArgumentException.class, () -> new RowAdapters(gap));
    IllegalArgumentException missing =
        assertThrows(
            IllegalArgumentException.class, () -> RowAdapters.of(batch, Arrays.asList(a, null)));
    assertTrue(missing.getMessage().contains("sequence 1 has no adapter"), missing.getMessage());
    try (Compute compute = new Compute(KernelSet.SCALAR, 1);
        Tape tape = Tape.training(compute, 0)) {
      LinearLayer layer =
          new LinearLayer(NAME, compute.gemm().dense(values(OUT * IN), OUT, IN), null);
      Var x = Var.constant(Tensor.of(values(5 * IN), 5, IN));
      IllegalStateException refused =
          assertThrows(IllegalStateException.class, () -> layer.forward(tape, x, rows));
      assertTrue(refused.getMessage().contains("cannot be trained"), refused.getMessage());
    }
  }
}
