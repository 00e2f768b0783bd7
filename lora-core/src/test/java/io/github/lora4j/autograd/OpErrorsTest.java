package io.github.lora4j.autograd;

import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.lora4j.compute.Compute;
import io.github.lora4j.compute.KernelSet;
import io.github.lora4j.tensor.FrozenMatrix;
import io.github.lora4j.tensor.Ragged;
import io.github.lora4j.tensor.Tensor;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;

/** Shapes, labels and indices that operations refuse. */
class OpErrorsTest {
  private final Compute compute = new Compute(KernelSet.SCALAR, 1);
  private final Tape tape = Tape.inference(compute);
  private final FrozenMatrix w = compute.gemm().dense(new float[15], 3, 5);

  @AfterEach
  void close() {
    tape.close();
    compute.close();
  }

  private static Var zeros(int rows, int cols) {
    return Var.constant(Tensor.zeros(rows, cols));
  }

  private static void requireError(String part, Executable call) {
    IllegalArgumentException e = assertThrows(IllegalArgumentException.class, call);
    assertTrue(e.getMessage().contains(part), e.getMessage());
  }

  @Test
  void linears() {
    requireError(
        "x has 4 features but the weights expect 5",
        () -> FrozenLinear.apply(tape, zeros(2, 4), w, null));
    requireError(
        "bias has 2 elements", () -> FrozenLinear.apply(tape, zeros(2, 5), w, zeros(1, 2)));
    requireError(
        "bias has 2 elements", () -> Linear.apply(tape, zeros(2, 5), zeros(3, 5), zeros(1, 2)));
    for (Var[] factors :
        new Var[][] {
          {zeros(2, 4), zeros(3, 2)}, {zeros(2, 5), zeros(4, 2)}, {zeros(2, 5), zeros(3, 1)}
        }) {
      requireError(
          "do not fit a 3 x 5 matrix",
          () -> LowRankLinear.apply(tape, zeros(2, 5), w, null, factors[0], factors[1], 1f, 0.0));
    }
  }

  @Test
  void attention() {
    Ragged batch = new Ragged(new int[] {0, 2});
    requireError(
        "do not divide",
        () -> Attention.apply(tape, zeros(2, 7), zeros(2, 7), zeros(2, 7), batch, 2, 2, false));
    requireError(
        "do not divide",
        () -> Attention.apply(tape, zeros(2, 6), zeros(2, 4), zeros(2, 4), batch, 3, 2, false));
    requireError(
        "expected 3",
        () -> Attention.apply(tape, zeros(2, 6), zeros(2, 6), zeros(2, 6), batch, 2, 1, false));
    requireError(
        "rows but the batch 2",
        () -> Attention.apply(tape, zeros(3, 6), zeros(3, 6), zeros(3, 6), batch, 2, 2, false));
  }

  @Test
  void othersByShape() {
    requireError("cannot add", () -> Add.apply(tape, zeros(2, 3), zeros(3, 2)));
    requireError(
        "gamma has 4", () -> LayerNorm.apply(tape, zeros(2, 3), zeros(1, 4), zeros(1, 3), 1e-5f));
    requireError(
        "x has 3 rows but the batch 2",
        () -> MeanPooling.apply(tape, zeros(3, 2), new Ragged(new int[] {0, 2})));
  }

  @Test
  void embedding() {
    Var[] tables = {zeros(4, 3), zeros(2, 3)};
    requireError(
        "index 4 outside a table of 4 rows",
        () -> Embedding.apply(tape, tables, new int[][] {{0, 4}, {0, 0}}));
    requireError("index -1", () -> Embedding.apply(tape, tables, new int[][] {{0, 1}, {0, -1}}));
    requireError(
        "1 indices for 2 rows", () -> Embedding.apply(tape, tables, new int[][] {{0, 1}, {0}}));
    requireError(
        "2 tables but indices for 1", () -> Embedding.apply(tape, tables, new int[][] {{0, 1}}));
    requireError(
        "table 1 has 2 columns but the first 3",
        () -> Embedding.apply(tape, new Var[] {zeros(4, 3), zeros(4, 2)}, new int[][] {{0}, {0}}));
  }

  @Test
  void crossEntropy() {
    requireError(
        "no row carries a label",
        () -> CrossEntropy.apply(tape, zeros(1, 3), new int[] {CrossEntropy.IGNORE}));
    requireError(
        "label 3 outside [0, 3)", () -> CrossEntropy.apply(tape, zeros(1, 3), new int[] {3}));
    requireError("label -1 outside", () -> CrossEntropy.apply(tape, zeros(1, 3), new int[] {-1}));
    requireError(
        "2 labels for 1 rows", () -> CrossEntropy.apply(tape, zeros(1, 3), new int[] {0, 1}));
  }
}
