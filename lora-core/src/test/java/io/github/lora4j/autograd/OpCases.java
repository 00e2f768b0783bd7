package io.github.lora4j.autograd;

import io.github.lora4j.compute.Activation;
import io.github.lora4j.tensor.FrozenMatrix;
import io.github.lora4j.tensor.Ragged;
import io.github.lora4j.tensor.Tensor;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;

/** Every operation of the tape on small odd shapes. */
final class OpCases {
  private OpCases() {}

  static List<OpCase> all() {
    return Stream.of(
            linears(),
            lowRanks(),
            VariantOpCases.all(),
            rowWise(),
            attentions(),
            lookups(),
            losses(),
            DecoderOpCases.all())
        .flatMap(List::stream)
        .toList();
  }

  /** The case of a name. */
  static OpCase named(String name) {
    return all().stream().filter(c -> c.name().equals(name)).findFirst().orElseThrow();
  }

  private static List<OpCase> linears() {
    return List.of(
        frozenLinear("frozen_linear", 7, 13, 11, true),
        frozenLinear("frozen_linear_no_bias", 13, 9, 17, false),
        frozenLinear("frozen_linear_one", 1, 1, 1, true),
        frozenLinear("frozen_linear_square", 3, 5, 5, true),
        linear("linear", 7, 13, 11, true),
        linear("linear_no_bias", 13, 9, 17, false),
        linear("linear_one_row", 1, 19, 3, true));
  }

  private static OpCase frozenLinear(String name, int rows, int in, int out, boolean bias) {
    Map<String, Tensor> inputs = linearInputs(name, rows, in, out, bias);
    return new OpCase(
        name,
        inputs,
        trained(bias, "x"),
        (tape, v) -> FrozenLinear.apply(tape, v.get("x"), weight(tape, v), bias(v)),
        v -> References.linear(v.get("x"), v.get("w"), v.get("bias"), in));
  }

  static Map<String, Tensor> linearInputs(String name, int rows, int in, int out, boolean bias) {
    Random64 random = Random64.of(name);
    Map<String, Tensor> inputs = new LinkedHashMap<>();
    inputs.put("x", random.matrix(rows, in, 1));
    inputs.put("w", random.matrix(out, in, 0.5));
    if (bias) {
      inputs.put("bias", random.matrix(1, out, 1));
    }
    return inputs;
  }

  static FrozenMatrix weight(Tape tape, Map<String, Var> v) {
    Tensor w = v.get("w").value();
    return tape.compute().gemm().dense(w.data(), w.rows(), w.cols());
  }

  static Var bias(Map<String, Var> v) {
    return v.get("bias");
  }

  /** What gradients are asked of: the bias too, where there is one. */
  static Set<String> trained(boolean bias, String... others) {
    Set<String> names = new LinkedHashSet<>(List.of(others));
    if (bias) {
      names.add("bias");
    }
    return names;
  }

  private static OpCase linear(String name, int rows, int in, int out, boolean bias) {
    Map<String, Tensor> inputs = linearInputs(name, rows, in, out, bias);
    return new OpCase(
        name,
        inputs,
        inputs.keySet(),
        (tape, v) -> Linear.apply(tape, v.get("x"), v.get("w"), v.get("bias")),
        v -> References.linear(v.get("x"), v.get("w"), v.get("bias"), in));
  }

  private static List<OpCase> lowRanks() {
    return List.of(
        lowRank("low_rank", 7, 13, 11, 4, 2.0, true, 0),
        lowRank("low_rank_no_bias", 5, 19, 23, 3, 0.7, false, 0),
        lowRank("low_rank_one", 1, 9, 5, 1, 1.0, true, 0),
        lowRank("low_rank_dropout", 6, 21, 13, 4, 2.0, true, 0.25));
  }

  private static OpCase lowRank(
      String name, int rows, int in, int out, int r, double scaling, boolean bias, double p) {
    Random64 random = Random64.of(name + "/factors");
    Map<String, Tensor> inputs = linearInputs(name, rows, in, out, bias);
    inputs.put("a", random.matrix(r, in, 0.5));
    inputs.put("b", random.matrix(out, r, 0.5));
    if (p > 0) {
      inputs.put("mask", Tensor.of(random.mask(rows * in, p), rows, in));
    }
    float factor = (float) scaling;
    float[] mask = p > 0 ? inputs.get("mask").toArray() : null;
    return new OpCase(
        name,
        inputs,
        trained(bias, "x", "a", "b"),
        (tape, v) ->
            LowRankLinear.apply(
                tape, v.get("x"), weight(tape, v), bias(v), v.get("a"), v.get("b"), factor, mask),
        v ->
            References.lowRank(
                v.get("x"), v.get("w"), v.get("bias"), v.get("a"), v.get("b"), in, factor, mask));
  }

  private static List<OpCase> rowWise() {
    return List.of(
        layerNorm("layer_norm", 5, 13, 1e-12f, 0),
        layerNorm("layer_norm_wide", 3, 37, 1e-5f, 3),
        layerNorm("layer_norm_one_column", 4, 1, 1e-1f, 0),
        activate("gelu", Activation.GELU, 7, 19, 1.5),
        activate("gelu_wide_range", Activation.GELU, 3, 11, 4),
        activate("gelu_tanh", Activation.GELU_TANH, 7, 19, 1.5),
        activate("gelu_tanh_wide_range", Activation.GELU_TANH, 3, 11, 4),
        activate("relu", Activation.RELU, 3, 19, 1),
        activate("silu", Activation.SILU, 7, 19, 2),
        activate("tanh", Activation.TANH, 5, 19, 1.5),
        dropout("dropout", 9, 17, 0.5),
        add("add", 5, 11),
        addTwice("add_twice", 3, 7));
  }

  private static OpCase layerNorm(String name, int rows, int cols, float eps, double shift) {
    Random64 random = Random64.of(name);
    Map<String, Tensor> inputs = new LinkedHashMap<>();
    inputs.put("x", shifted(random.matrix(rows, cols, 1), shift));
    inputs.put("gamma", shifted(random.matrix(1, cols, 0.5), 1));
    inputs.put("beta", random.matrix(1, cols, 1));
    return new OpCase(
        name,
        inputs,
        inputs.keySet(),
        (tape, v) -> LayerNorm.apply(tape, v.get("x"), v.get("gamma"), v.get("beta"), eps),
        v -> References.layerNorm(v.get("x"), v.get("gamma"), v.get("beta"), eps));
  }

  private static Tensor shifted(Tensor tensor, double by) {
    for (int i = 0; i < tensor.size(); i++) {
      tensor.data()[i] += (float) by;
    }
    return tensor;
  }

  private static OpCase activate(String name, Activation f, int rows, int cols, double scale) {
    return new OpCase(
        name,
        Map.of("x", Random64.of(name).matrix(rows, cols, scale)),
        Set.of("x"),
        (tape, v) -> Activate.apply(tape, v.get("x"), f),
        v -> References.activate(v.get("x"), f));
  }

  private static OpCase dropout(String name, int rows, int cols, double p) {
    Random64 random = Random64.of(name);
    float[] mask = random.mask(rows * cols, p);
    return new OpCase(
        name,
        Map.of("x", random.matrix(rows, cols, 1)),
        Set.of("x"),
        (tape, v) -> Dropout.apply(tape, v.get("x"), mask),
        v -> References.multiply(v.get("x"), mask));
  }

  private static OpCase add(String name, int rows, int cols) {
    Random64 random = Random64.of(name);
    return new OpCase(
        name,
        Map.of("a", random.matrix(rows, cols, 1), "b", random.matrix(rows, cols, 1)),
        Set.of("a", "b"),
        (tape, v) -> Add.apply(tape, v.get("a"), v.get("b")),
        v -> References.add(v.get("a"), v.get("b")));
  }

  private static OpCase addTwice(String name, int rows, int cols) {
    return new OpCase(
        name,
        Map.of("a", Random64.of(name).matrix(rows, cols, 1)),
        Set.of("a"),
        (tape, v) -> Add.apply(tape, v.get("a"), v.get("a")),
        v -> References.add(v.get("a"), v.get("a")));
  }

  private static List<OpCase> attentions() {
    return List.of(
        attention("attention", new int[] {0, 1, 6, 18, 21}, 3, 3, 5, false),
        attention("attention_causal", new int[] {0, 1, 6, 18, 21}, 3, 3, 5, true),
        attention("attention_grouped", new int[] {0, 4, 5, 14}, 6, 2, 3, false),
        attention("attention_grouped_causal", new int[] {0, 4, 5, 14}, 4, 1, 3, true),
        attention("attention_empty_sequence", new int[] {0, 2, 2, 5}, 1, 1, 4, false),
        attention("attention_blocks", new int[] {0, 2, 101}, 1, 1, 2, false),
        attention("attention_blocks_causal", new int[] {0, 99, 100}, 2, 1, 1, true));
  }

  private static OpCase attention(
      String name, int[] offsets, int heads, int kvHeads, int d, boolean causal) {
    Random64 random = Random64.of(name);
    Ragged batch = new Ragged(offsets);
    Map<String, Tensor> inputs = new LinkedHashMap<>();
    inputs.put("q", random.matrix(batch.rows(), heads * d, 1));
    inputs.put("k", random.matrix(batch.rows(), kvHeads * d, 1));
    inputs.put("v", random.matrix(batch.rows(), kvHeads * d, 1));
    return new OpCase(
        name,
        inputs,
        inputs.keySet(),
        (tape, v) ->
            Attention.apply(
                tape, v.get("q"), v.get("k"), v.get("v"), batch, heads, kvHeads, causal),
        v ->
            References.attention(
                v.get("q"), v.get("k"), v.get("v"), batch, heads, kvHeads, causal));
  }

  private static List<OpCase> lookups() {
    return List.of(
        embedding("embedding", 12, 9, 5),
        embedding("embedding_sum", 12, 9, 23, 8, 2),
        meanPooling("mean_pooling", new int[] {0, 3, 4, 15, 17}, 13),
        meanPooling("mean_pooling_empty_sequence", new int[] {0, 2, 2, 5}, 3),
        firstPooling("first_pooling", new int[] {0, 3, 4, 15, 17}, 13));
  }

  private static OpCase embedding(String name, int rows, int cols, int... entries) {
    Random64 random = Random64.of(name + "/ids");
    int[][] ids = new int[entries.length][];
    for (int t = 0; t < entries.length; t++) {
      ids[t] = random.indices(rows, entries[t]);
    }
    ids[0][rows - 1] = ids[0][0];
    return embedding(name, ids, cols, entries);
  }

  static OpCase embedding(String name, int[][] ids, int cols, int... entries) {
    Random64 random = Random64.of(name);
    Map<String, Tensor> inputs = new LinkedHashMap<>();
    for (int t = 0; t < entries.length; t++) {
      inputs.put("table" + t, random.matrix(entries[t], cols, 1));
    }
    return new OpCase(
        name,
        inputs,
        inputs.keySet(),
        (tape, v) -> Embedding.apply(tape, v.values().toArray(new Var[0]), ids),
        v -> References.embedding(v.values().toArray(new double[0][]), ids, cols));
  }

  private static OpCase meanPooling(String name, int[] offsets, int cols) {
    Ragged batch = new Ragged(offsets);
    return new OpCase(
        name,
        Map.of("x", Random64.of(name).matrix(batch.rows(), cols, 1)),
        Set.of("x"),
        (tape, v) -> MeanPooling.apply(tape, v.get("x"), batch),
        v -> References.meanPooling(v.get("x"), batch));
  }

  private static OpCase firstPooling(String name, int[] offsets, int cols) {
    Ragged batch = new Ragged(offsets);
    return new OpCase(
        name,
        Map.of("x", Random64.of(name).matrix(batch.rows(), cols, 1)),
        Set.of("x"),
        (tape, v) -> FirstPooling.apply(tape, v.get("x"), batch),
        v -> References.firstPooling(v.get("x"), batch));
  }

  private static List<OpCase> losses() {
    return List.of(
        crossEntropy("cross_entropy", 7, 5, 1, 0),
        crossEntropy("cross_entropy_ignored", 9, 13, 2, 0, 1, 3, 8),
        crossEntropy("cross_entropy_divisor", 5, 3, 1, 12.5, 2),
        crossEntropy("cross_entropy_one_class", 4, 1, 1, 0),
        crossEntropy("cross_entropy_large_logits", 6, 21, 30, 0));
  }

  private static OpCase crossEntropy(
      String name, int rows, int classes, double scale, double divisor, int... ignored) {
    int[] labels = Random64.of(name + "/labels").indices(rows, classes);
    for (int row : ignored) {
      labels[row] = CrossEntropy.IGNORE;
    }
    return crossEntropy(name, labels, classes, scale, divisor);
  }

  /** With the mean over labelled rows if {@code divisor} is 0. */
  static OpCase crossEntropy(String name, int[] labels, int classes, double scale, double divisor) {
    long counted = Arrays.stream(labels).filter(label -> label != CrossEntropy.IGNORE).count();
    double over = divisor > 0 ? divisor : counted;
    return new OpCase(
        name,
        Map.of("logits", Random64.of(name).matrix(labels.length, classes, scale)),
        Set.of("logits"),
        (tape, v) ->
            divisor > 0
                ? CrossEntropy.apply(tape, v.get("logits"), labels, divisor)
                : CrossEntropy.apply(tape, v.get("logits"), labels),
        v -> References.crossEntropy(v.get("logits"), labels, over));
  }
}
