package io.github.lora4j.autograd;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.lora4j.compute.Activation;
import io.github.lora4j.compute.Compute;
import io.github.lora4j.compute.KernelSet;
import io.github.lora4j.tensor.FrozenMatrix;
import io.github.lora4j.tensor.Tensor;
import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class TapeTest {
  private final Compute compute = new Compute(KernelSet.SCALAR, 1);

  @AfterEach
  void close() {
    compute.close();
  }

  private static Tensor values(int rows, int cols) {
    return Random64.of("tape " + rows + " x " + cols).matrix(rows, cols, 1);
  }

  /** The arrays that the pool holds, for lengths up to that of a 64 x 64 matrix; it is emptied. */
  private Set<float[]> drain(int perSize) {
    Set<float[]> arrays = Collections.newSetFromMap(new IdentityHashMap<>());
    for (int length = 64; length <= 4096; length += length / 8) {
      for (int i = 0; i < perSize; i++) {
        arrays.add(compute.buffers().borrow(length));
      }
    }
    return arrays;
  }

  private void step(OpCase c) {
    OpRun.of(compute, c.op(), c.inputs(), c.grads(), null);
  }

  @Test
  void anIdenticalStepTakesNoNewBuffers() {
    OpCase c = EncoderBlockCase.create();
    step(c);
    Set<float[]> pool = drain(40);
    pool.forEach(compute.buffers()::release);
    step(c);
    Set<float[]> after = drain(40);
    assertEquals(pool.size(), after.size());
    assertTrue(after.containsAll(pool), "every buffer came back and none was added");
  }

  @Test
  void nothingIsRecordedForInference() {
    Tensor x = values(3, 4);
    try (Tape tape = Tape.inference(compute)) {
      Var y = Activate.apply(tape, tape.input(x), Activation.GELU);
      assertFalse(y.requiresGrad());
      assertThrows(IllegalStateException.class, () -> tape.backward(y, Tensor.zeros(3, 4)));
    }
  }

  @Test
  void aScopeKeepsOnlyItsResult() {
    Tensor x = values(16, 16);
    try (Tape tape = Tape.inference(compute)) {
      List<Tensor> inner = new ArrayList<>();
      Var y =
          tape.scope(
              () -> {
                Var a = Activate.apply(tape, Var.constant(x), Activation.GELU);
                Var b = Activate.apply(tape, a, Activation.GELU);
                inner.add(a.value());
                inner.add(b.value());
                return Add.apply(tape, a, b);
              });
      float[] kept = y.value().toArray();
      Set<float[]> reused = Collections.newSetFromMap(new IdentityHashMap<>());
      for (int i = 0; i < 3; i++) {
        Tensor next = tape.matrix(16, 16);
        java.util.Arrays.fill(next.data(), Float.NaN);
        reused.add(next.data());
      }
      for (Tensor tensor : inner) {
        assertTrue(reused.contains(tensor.data()), "a buffer of the layer was not given back");
      }
      assertFalse(reused.contains(y.value().data()));
      assertArrayEquals(kept, y.value().toArray());
    }
  }

  @Test
  void aScopeOfATrainingTapeKeepsEverything() {
    Parameter x = new Parameter("x", values(4, 4));
    try (Tape tape = Tape.training(compute, 1)) {
      Var y =
          tape.scope(
              () ->
                  Activate.apply(tape, Activate.apply(tape, x, Activation.GELU), Activation.GELU));
      tape.backward(y, values(4, 4));
      float[] inScope = x.grad().toArray();
      x.zeroGrad();
      try (Tape plain = Tape.training(compute, 1)) {
        plain.backward(
            Activate.apply(plain, Activate.apply(plain, x, Activation.GELU), Activation.GELU),
            values(4, 4));
      }
      assertArrayEquals(x.grad().toArray(), inScope);
    }
  }

  @Test
  void noGradientBelowTheLowestTrainableValue() {
    FrozenMatrix w = new BackwardCounter(compute.gemm().dense(values(4, 4).data(), 4, 4));
    Parameter head = new Parameter("head", values(2, 4));
    try (Tape tape = Tape.training(compute, 1)) {
      Var x = Var.constant(values(3, 4));
      Var h = FrozenLinear.apply(tape, x, w, null);
      int forward = ((BackwardCounter) w).blocks();
      Var y = Linear.apply(tape, h, head, null);
      assertFalse(h.requiresGrad());
      tape.backward(y, values(3, 2));
      assertNull(x.grad());
      assertNull(h.grad());
      assertEquals(forward, ((BackwardCounter) w).blocks(), "the frozen layer ran backward");
    }
    assertTrue(head.grad().toArray()[0] != 0);
  }

  @Test
  void backwardRunsThroughFrozenWeightsWhereItMust() {
    BackwardCounter w = new BackwardCounter(compute.gemm().dense(values(4, 4).data(), 4, 4));
    Parameter below = new Parameter("below", values(3, 4));
    try (Tape tape = Tape.training(compute, 1)) {
      Var y = FrozenLinear.apply(tape, below, w, null);
      tape.backward(y, values(3, 4));
    }
    assertTrue(w.blocks() > 0);
    assertNotNull(below.grad());
  }

  /** Counts the blocks that a backward product reads. */
  private static final class BackwardCounter implements FrozenMatrix {
    private final FrozenMatrix matrix;
    private int blocks;

    BackwardCounter(FrozenMatrix matrix) {
      this.matrix = matrix;
    }

    int blocks() {
      return blocks;
    }

    @Override
    public int out() {
      return matrix.out();
    }

    @Override
    public int in() {
      return matrix.in();
    }

    @Override
    public long bytes() {
      return matrix.bytes();
    }

    @Override
    public void decodePanel(int row, int rows, int col, int cols, float[] dst, int at, int width) {
      matrix.decodePanel(row, rows, col, cols, dst, at, width);
    }

    @Override
    public void decodeRows(int row, int rows, int col, int cols, float[] dst, int at, int width) {
      blocks++;
      matrix.decodeRows(row, rows, col, cols, dst, at, width);
    }

    @Override
    public void decodeRow(int row, float[] dst, int offset) {
      matrix.decodeRow(row, dst, offset);
    }
  }

  @Test
  void nothingTrainableIsAnError() {
    try (Tape tape = Tape.training(compute, 1)) {
      Var y = Activate.apply(tape, Var.constant(values(2, 2)), Activation.GELU);
      assertThrows(IllegalStateException.class, () -> tape.backward(y, values(2, 2)));
    }
  }

  @Test
  void aLossIsOneValue() {
    try (Tape tape = Tape.training(compute, 1)) {
      Var y = Activate.apply(tape, tape.input(values(2, 2)), Activation.GELU);
      assertThrows(IllegalArgumentException.class, () -> tape.backward(y));
    }
  }

  @Test
  void dropoutDependsOnTheSeedOnly() {
    Tensor x = values(20, 30);
    float[] first = dropped(x, 3, 0.25);
    assertArrayEquals(first, dropped(x, 3, 0.25));
    assertFalse(java.util.Arrays.equals(first, dropped(x, 4, 0.25)));
    int zeros = 0;
    for (int i = 0; i < first.length; i++) {
      zeros += first[i] == 0 ? 1 : 0;
      assertTrue(first[i] == 0 || Math.abs(first[i] - x.data()[i] / 0.75f) < 1e-6);
    }
    assertEquals(0.25, zeros / 600.0, 0.08);
  }

  private float[] dropped(Tensor x, long seed, double p) {
    try (Tape tape = Tape.training(compute, seed)) {
      return Dropout.apply(tape, Var.constant(x), p).value().toArray();
    }
  }

  @Test
  void noDropoutInInferenceOrWithZeroProbability() {
    Var x = Var.constant(values(2, 2));
    try (Tape inference = Tape.inference(compute);
        Tape training = Tape.training(compute, 1)) {
      assertSame(x, Dropout.apply(inference, x, 0.5));
      assertSame(x, Dropout.apply(training, x, 0.0));
      for (double p : new double[] {-0.1, 1, Double.NaN}) {
        assertThrows(IllegalArgumentException.class, () -> Dropout.apply(training, x, p));
      }
    }
  }
}
