package io.github.lora4j.autograd;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.github.lora4j.autograd.GoldenOps.Case;
import io.github.lora4j.compute.Activation;
import io.github.lora4j.compute.Compute;
import io.github.lora4j.compute.KernelSet;
import io.github.lora4j.compute.KernelSets;
import io.github.lora4j.tensor.Ragged;
import io.github.lora4j.tensor.Tensor;
import java.io.IOException;
import java.util.HashSet;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** Every operation against outputs and gradients of PyTorch, with every set of kernels. */
class GoldenOpsTest {
  /** Operations of the golden file that the tape does not have. A new one must be added here. */
  static final Set<String> NOT_COVERED = Set.of("tanh");

  @TestFactory
  Stream<DynamicTest> cases() throws IOException {
    return GoldenOps.read().stream()
        .filter(c -> !NOT_COVERED.contains(c.op()))
        .map(c -> DynamicTest.dynamicTest(c.name(), () -> check(c)));
  }

  @Test
  void whatIsNotCoveredIsInTheFile() throws IOException {
    Set<String> ops = new HashSet<>();
    GoldenOps.read().forEach(c -> ops.add(c.op()));
    assertEquals(Set.of(), subtract(NOT_COVERED, ops), "not in the file any more");
  }

  private static Set<String> subtract(Set<String> from, Set<String> known) {
    Set<String> rest = new HashSet<>(from);
    rest.removeAll(known);
    return rest;
  }

  private static void check(Case c) {
    Op op = op(c);
    for (KernelSet set : KernelSets.list()) {
      try (Compute compute = new Compute(set, 2)) {
        c.require(compute, op);
      }
    }
  }

  /** The operation of the tape for a case. */
  static Op op(Case c) {
    return switch (c.op()) {
      case "linear" -> (tape, v) -> Linear.apply(tape, v.get("x"), v.get("w"), v.get("b"));
      case "lora_linear" -> lowRank(c);
      case "layer_norm" ->
          (tape, v) ->
              LayerNorm.apply(tape, v.get("x"), v.get("gamma"), v.get("beta"), c.real("eps"));
      case "gelu_erf" -> (tape, v) -> Activate.apply(tape, v.get("x"), Activation.GELU);
      case "gelu_tanh" -> (tape, v) -> Activate.apply(tape, v.get("x"), Activation.GELU_TANH);
      case "silu" -> (tape, v) -> Activate.apply(tape, v.get("x"), Activation.SILU);
      case "swiglu" ->
          (tape, v) -> GatedActivation.apply(tape, v.get("gate"), v.get("up"), Activation.SILU);
      case "rms_norm" ->
          (tape, v) ->
              RmsNorm.apply(tape, v.get("x"), v.get("gamma").value().toArray(), c.real("eps"));
      case "softmax" -> (tape, v) -> SoftmaxOp.apply(tape, v.get("x"));
      case "add" -> (tape, v) -> Add.apply(tape, v.get("a"), v.get("b"));
      case "dropout" -> (tape, v) -> Dropout.apply(tape, v.get("x"), scaled(c));
      case "attention" ->
          (tape, v) ->
              Attention.apply(
                  tape,
                  v.get("q"),
                  v.get("k"),
                  v.get("v"),
                  new Ragged(c.numbers("offsets")),
                  c.number("heads"),
                  c.number("kv_heads"),
                  c.node().get("causal").asBoolean());
      case "embedding" ->
          (tape, v) ->
              Embedding.apply(tape, new Var[] {v.get("word")}, new int[][] {c.numbers("ids")});
      case "embedding_bert" ->
          (tape, v) ->
              Embedding.apply(
                  tape,
                  new Var[] {v.get("word"), v.get("position"), v.get("type")},
                  new int[][] {c.numbers("ids"), c.numbers("positions"), c.numbers("types")});
      case "mean_pool" ->
          (tape, v) -> MeanPooling.apply(tape, v.get("x"), new Ragged(c.numbers("offsets")));
      case "cross_entropy" ->
          (tape, v) -> CrossEntropy.apply(tape, v.get("logits"), c.numbers("labels"));
      default -> throw new AssertionError(c.name() + ": no operation for " + c.op());
    };
  }

  private static Op lowRank(Case c) {
    Tensor w = c.in().get("w");
    Var bias = c.in().containsKey("bias") ? Var.constant(c.in().get("bias")) : null;
    float[] mask = c.in().containsKey("mask") ? scaled(c) : null;
    return (tape, v) ->
        LowRankLinear.apply(
            tape,
            v.get("x"),
            tape.compute().gemm().dense(w.toArray(), w.rows(), w.cols()),
            bias,
            v.get("a"),
            v.get("b"),
            c.real("scaling"),
            mask);
  }

  /** The file has 0 and 1, the operations take what an input is multiplied by. */
  private static float[] scaled(Case c) {
    float[] mask = c.in().get("mask").toArray();
    for (int i = 0; i < mask.length; i++) {
      mask[i] /= 1 - c.real("p");
    }
    return mask;
  }
}
