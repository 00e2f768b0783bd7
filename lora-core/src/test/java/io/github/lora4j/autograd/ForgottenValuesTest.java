package io.github.lora4j.autograd;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.lora4j.compute.Activation;
import io.github.lora4j.compute.Compute;
import io.github.lora4j.tensor.FrozenMatrix;
import io.github.lora4j.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class ForgottenValuesTest {
  private static final int ROWS = 7;
  private static final int WIDE = 24;
  private static final int R = 3;

  private final Random random = new Random(5);
  private final Tensor h = values(ROWS, WIDE);
  private final float[] gamma = values(1, WIDE).data();
  private final float[] beta = values(1, WIDE).data();
  private final float[] w = values(WIDE, WIDE).data();
  private final Tensor a = values(R, WIDE);
  private final Tensor b = values(WIDE, R);
  private final Tensor dy = values(ROWS, WIDE);

  private Tensor values(int rows, int cols) {
    float[] values = new float[rows * cols];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) random.nextGaussian();
    }
    return Tensor.of(values, rows, cols);
  }

  /** The gradients of h, A and B, after a step whose buffers are used by something else. */
  private List<float[]> gradients(Compute compute, boolean forget) {
    FrozenMatrix weight = compute.gemm().dense(w, WIDE, WIDE);
    Parameter lowA = new Parameter("a", a.copy());
    Parameter lowB = new Parameter("b", b.copy());
    try (Tape tape = Tape.training(compute, 1)) {
      Var in = tape.input(h.copy());
      Var x = RmsNorm.apply(tape, in, gamma, 1e-6f);
      Var gate = LowRankLinear.apply(tape, x, weight, null, lowA, lowB, 0.5f, 0);
      Var up = LowRankLinear.apply(tape, x, weight, null, lowA, lowB, 2f, 0);
      drop(tape, forget, x);
      Var gated = GatedActivation.apply(tape, gate, up, Activation.SILU);
      Var y = LowRankLinear.apply(tape, gated, weight, null, lowA, lowB, 1f, 0);
      drop(tape, forget, gated);
      Var active = Activate.apply(tape, y, Activation.GELU);
      Var z = LowRankLinear.apply(tape, active, weight, null, lowA, lowB, 1f, 0);
      drop(tape, forget, active);
      Var normed =
          LayerNorm.apply(
              tape,
              z,
              Var.constant(Tensor.of(gamma, WIDE)),
              Var.constant(Tensor.of(beta, WIDE)),
              1e-5f);
      Var last = LowRankLinear.apply(tape, normed, weight, null, lowA, lowB, 1f, 0);
      drop(tape, forget, normed);
      Var out = Add.apply(tape, last, in);
      drop(tape, forget, last);
      tape.backward(out, dy);
      List<float[]> all = new ArrayList<>();
      for (Var v : List.of(in, lowA, lowB)) {
        all.add(v.grad().toArray());
      }
      return all;
    }
  }

  private static void drop(Tape tape, boolean forget, Var v) {
    if (forget) {
      tape.forget(v);
      // Whoever borrows the buffer next writes to it.
      java.util.Arrays.fill(tape.matrix(v.rows(), v.cols()).data(), Float.NaN);
    }
  }

  @Test
  void gradientsAreTheSameBitForBit() {
    try (Compute compute = Compute.withThreads(2)) {
      List<float[]> kept = gradients(compute, false);
      List<float[]> forgotten = gradients(compute, true);
      for (int i = 0; i < kept.size(); i++) {
        assertArrayEquals(kept.get(i), forgotten.get(i));
      }
    }
  }

  @Test
  void forgettingTakesLessMemory() {
    try (Compute compute = Compute.withThreads(1);
        Tape tape = Tape.training(compute, 1)) {
      Var in = tape.input(h.copy());
      Var x = RmsNorm.apply(tape, in, gamma, 1e-6f);
      float[] buffer = x.value().data();
      tape.forget(x);
      assertTrue(tape.matrix(ROWS, WIDE).data() == buffer);
    }
  }

  @Test
  void whatCannotBeComputedAgainIsNotRead() {
    try (Compute compute = Compute.withThreads(1);
        Tape tape = Tape.training(compute, 1)) {
      Var sum = Add.apply(tape, tape.input(h.copy()), tape.input(h.copy()));
      tape.forget(sum);
      IllegalStateException e = assertThrows(IllegalStateException.class, sum::value);
      assertEquals("a [7, 24] value is read after it was forgotten", e.getMessage());
    }
  }
}
