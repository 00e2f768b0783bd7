package io.github.lora4j.autograd;

import io.github.lora4j.autograd.SameDiffOracle.Graph;
import io.github.lora4j.compute.Compute;
import io.github.lora4j.compute.KernelSet;
import io.github.lora4j.compute.KernelSets;
import java.util.Arrays;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** Operations against ND4J's SameDiff, an implementation of gradients that is not ours. */
class SameDiffTest {

  private static void check(OpCase c, Graph graph) {
    GradientCheck expected = SameDiffOracle.of(c, graph);
    for (KernelSet set : KernelSets.list()) {
      try (Compute compute = new Compute(set, 2)) {
        expected.require(compute, c.with(c.name() + " on " + set, c.op()));
      }
    }
  }

  private static SDVariable linear(SDVariable x, SDVariable w, SDVariable bias) {
    SDVariable y = x.mmul(w.getSameDiff().transpose(w));
    return bias == null ? y : y.add(bias);
  }

  @Test
  void frozenLinear() {
    for (String name : new String[] {"frozen_linear", "frozen_linear_no_bias"}) {
      check(OpCases.named(name), (graph, v) -> linear(v.get("x"), v.get("w"), v.get("bias")));
    }
  }

  @Test
  void trainableLinear() {
    check(
        OpCases.named("linear"),
        (graph, v) -> linear(v.get("x"), v.get("w"), graph.reshape(v.get("bias"), 11)));
  }

  @Test
  void lowRank() {
    for (String name : new String[] {"low_rank", "low_rank_dropout"}) {
      check(
          OpCases.named(name),
          (graph, v) -> {
            SDVariable x = v.get("x");
            SDVariable dropped = v.containsKey("mask") ? x.mul(v.get("mask")) : x;
            SDVariable update = linear(linear(dropped, v.get("a"), null), v.get("b"), null);
            return linear(x, v.get("w"), v.get("bias")).add(update.mul(2.0));
          });
    }
  }

  @Test
  void layerNorm() {
    check(
        OpCases.named("layer_norm_wide"),
        (graph, v) -> {
          SDVariable centred = v.get("x").sub(v.get("x").mean(true, 1));
          SDVariable variance = graph.math().square(centred).mean(true, 1);
          SDVariable normed = centred.div(graph.math().sqrt(variance.add((double) 1e-5f)));
          return normed.mul(v.get("gamma")).add(v.get("beta"));
        });
  }

  @Test
  void gelu() {
    check(
        OpCases.named("gelu"),
        (graph, v) -> {
          SDVariable x = v.get("x");
          return x.mul(graph.math().erf(x.mul(Math.sqrt(0.5))).add(1.0)).mul(0.5);
        });
  }

  @Test
  void geluByTanh() {
    check(
        OpCases.named("gelu_tanh"),
        (graph, v) -> {
          SDVariable x = v.get("x");
          SDVariable argument =
              graph.math().cube(x).mul(0.044715).add(x).mul(Math.sqrt(2 / Math.PI));
          return x.mul(graph.math().tanh(argument).add(1.0)).mul(0.5);
        });
  }

  @Test
  void attention() {
    check(
        OpCases.named("attention"),
        (graph, v) -> attention(graph, v, new int[] {0, 1, 6, 18, 21}, 3, 3, 5, false));
  }

  @Test
  void causalAttention() {
    check(
        OpCases.named("attention_causal"),
        (graph, v) -> attention(graph, v, new int[] {0, 1, 6, 18, 21}, 3, 3, 5, true));
  }

  @Test
  void groupedAttention() {
    check(
        OpCases.named("attention_grouped"),
        (graph, v) -> attention(graph, v, new int[] {0, 4, 5, 14}, 6, 2, 3, false));
  }

  private static SDVariable attention(
      SameDiff graph,
      Map<String, SDVariable> v,
      int[] offsets,
      int heads,
      int kvHeads,
      int d,
      boolean causal) {
    SDVariable[] sequences = new SDVariable[offsets.length - 1];
    for (int s = 0; s < sequences.length; s++) {
      int start = offsets[s];
      int length = offsets[s + 1] - start;
      SDVariable[] outputs = new SDVariable[heads];
      for (int h = 0; h < heads; h++) {
        int kv = h / (heads / kvHeads);
        SDVariable q = part(graph, v.get("q"), start, length, h * d, d);
        SDVariable k = part(graph, v.get("k"), start, length, kv * d, d);
        SDVariable value = part(graph, v.get("v"), start, length, kv * d, d);
        SDVariable scores = q.mmul(graph.transpose(k)).mul(1 / Math.sqrt(d));
        if (causal) {
          scores = scores.add(graph.constant(later(length)));
        }
        outputs[h] = graph.nn().softmax(scores, 1).mmul(value);
      }
      sequences[s] = graph.concat(1, outputs);
    }
    return graph.concat(0, sequences);
  }

  private static SDVariable part(
      SameDiff graph, SDVariable x, int row, int rows, int col, int cols) {
    return graph.slice(x, new int[] {row, col}, rows, cols);
  }

  /** A large negative number for every key after the query. */
  private static INDArray later(int length) {
    double[][] mask = new double[length][length];
    for (int i = 0; i < length; i++) {
      Arrays.fill(mask[i], i + 1, length, -1e9);
    }
    return Nd4j.createFromArray(mask);
  }

  @Test
  void embedding() {
    // A product, as the gradient of SameDiff's gather differs from central differences here.
    int[] ids = {3, 1, 3, 0, 4, 1};
    double[][] picked = new double[ids.length][5];
    for (int r = 0; r < ids.length; r++) {
      picked[r][ids[r]] = 1;
    }
    check(
        OpCases.embedding("gather", new int[][] {ids}, 7, 5),
        (graph, v) -> graph.constant(Nd4j.createFromArray(picked)).mmul(v.get("table0")));
  }

  @Test
  void meanPooling() {
    int[] ids = {0, 0, 0, 1, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 3, 3};
    check(
        OpCases.named("mean_pooling"),
        (graph, v) -> graph.segmentMean(v.get("x"), graph.constant(Nd4j.createFromArray(ids))));
  }

  @Test
  void crossEntropy() {
    int[] labels = {2, CrossEntropy.IGNORE, 0, 1};
    double[][] picked = {{0, 0, 1.0 / 3}, {0, 0, 0}, {1.0 / 3, 0, 0}, {0, 1.0 / 3, 0}};
    check(
        OpCases.crossEntropy("three labelled", labels, 3, 2, 0),
        (graph, v) ->
            graph
                .math()
                .log(graph.nn().softmax(v.get("logits"), 1))
                .mul(graph.constant(Nd4j.createFromArray(picked)))
                .sum()
                .neg());
  }
}
