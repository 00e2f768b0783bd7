package io.github.lora4j.autograd;

import io.github.lora4j.compute.Activation;
import io.github.lora4j.tensor.FrozenMatrix;
import io.github.lora4j.tensor.Ragged;
import io.github.lora4j.tensor.RunTree;
import io.github.lora4j.tensor.Tensor;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;

/** The operations of decoder language models on small odd shapes. */
final class DecoderOpCases {
  private DecoderOpCases() {}

  static List<OpCase> all() {
    return Stream.of(rowWise(), attentions(), losses()).flatMap(List::stream).toList();
  }

  private static List<OpCase> rowWise() {
    return List.of(
        rmsNorm("rms_norm", 5, 13, 1, 1e-6f),
        rmsNorm("rms_norm_heads", 3, 16, 3, 1e-5f),
        gated("gated_silu", Activation.SILU, 7, 19),
        gated("gated_gelu_tanh", Activation.GELU_TANH, 3, 11),
        gatedByItself("gated_by_itself", 3, 7),
        rotary("rotary", 5, 3, 8, 4),
        rotary("rotary_part", 4, 2, 9, 3),
        columns("columns", 5, 12, Columns.Selection.range(3, 4)),
        columns("columns_groups", 3, 30, new Columns.Selection(2, 4, 10, 3)),
        gatherRows("gather_rows", 7, 5, 4, 0, 6));
  }

  private static OpCase rmsNorm(String name, int rows, int cols, int parts, float eps) {
    Random64 random = Random64.of(name);
    float[] gamma = random.floats(cols, 1);
    return new OpCase(
        name,
        Map.of("x", random.matrix(rows, cols * parts, 1)),
        Set.of("x"),
        (tape, v) -> RmsNorm.apply(tape, v.get("x"), gamma, eps),
        v -> DecoderReferences.rmsNorm(v.get("x"), gamma, eps));
  }

  private static OpCase gated(String name, Activation f, int rows, int cols) {
    Random64 random = Random64.of(name);
    return new OpCase(
        name,
        Map.of("gate", random.matrix(rows, cols, 1.5), "up", random.matrix(rows, cols, 1)),
        Set.of("gate", "up"),
        (tape, v) -> GatedActivation.apply(tape, v.get("gate"), v.get("up"), f),
        v -> DecoderReferences.product(References.activate(v.get("gate"), f), v.get("up")));
  }

  private static OpCase gatedByItself(String name, int rows, int cols) {
    return new OpCase(
        name,
        Map.of("x", Random64.of(name).matrix(rows, cols, 1)),
        Set.of("x"),
        (tape, v) -> GatedActivation.apply(tape, v.get("x"), v.get("x"), Activation.SILU),
        v ->
            DecoderReferences.product(
                References.activate(v.get("x"), Activation.SILU), v.get("x")));
  }

  private static OpCase rotary(String name, int rows, int heads, int headSize, int pairs) {
    Random64 random = Random64.of(name);
    float[] cos = random.floats(rows * pairs, 1);
    float[] sin = random.floats(rows * pairs, 1);
    Rotary.Angles angles = new Rotary.Angles(cos, sin, pairs);
    return new OpCase(
        name,
        Map.of("x", random.matrix(rows, heads * headSize, 1)),
        Set.of("x"),
        (tape, v) -> Rotary.apply(tape, v.get("x"), angles, headSize),
        v -> DecoderReferences.rotary(v.get("x"), angles, rows, headSize));
  }

  private static OpCase columns(String name, int rows, int cols, Columns.Selection selection) {
    return new OpCase(
        name,
        Map.of("x", Random64.of(name).matrix(rows, cols, 1)),
        Set.of("x"),
        (tape, v) -> Columns.apply(tape, v.get("x"), selection),
        v -> DecoderReferences.columns(v.get("x"), rows, selection));
  }

  private static OpCase gatherRows(String name, int rows, int cols, int... selected) {
    return new OpCase(
        name,
        Map.of("x", Random64.of(name).matrix(rows, cols, 1)),
        Set.of("x"),
        (tape, v) -> GatherRows.apply(tape, v.get("x"), selected),
        v -> DecoderReferences.rows(v.get("x"), cols, selected));
  }

  private static List<OpCase> attentions() {
    float[] slopes = {0.5f, 0.25f, 0.125f, 0.0625f};
    return List.of(
        attention("attention_window", new int[] {0, 1, 9, 20}, 4, 2, 3, true, 4, 0, null),
        attention("attention_window_blocks", new int[] {0, 103}, 1, 1, 1, true, 5, 0, null),
        attention("attention_softcap", new int[] {0, 6, 7, 12}, 4, 1, 3, true, 0, 1.5f, null),
        attention("attention_softcap_all", new int[] {0, 6}, 2, 2, 3, false, 0, 0.8f, null),
        attention("attention_slopes", new int[] {0, 5, 11}, 4, 4, 3, true, 0, 0, slopes),
        attention("attention_everything", new int[] {0, 5, 11}, 4, 2, 3, true, 3, 2f, slopes),
        shared("attention_shared", new int[] {0, 5, 8, 9, 12}, 2, plain(4, 2)),
        shared("attention_shared_deep", new int[] {0, 3, 5, 9, 11, 12, 16}, 3, plain(2, 1)),
        shared("attention_shared_blocks", new int[] {0, 40, 139, 141}, 1, plain(2, 2)),
        shared("attention_shared_window", new int[] {0, 7, 10, 15}, 2, rules(4, 2, 4, 0, null)),
        shared("attention_shared_all", new int[] {0, 5, 8, 9}, 2, rules(4, 2, 3, 2f, slopes)));
  }

  private static AttentionRules plain(int heads, int kvHeads) {
    return rules(heads, kvHeads, 0, 0, null);
  }

  private static AttentionRules rules(
      int heads, int kvHeads, int window, float softcap, float[] slopes) {
    return new AttentionRules(heads, kvHeads, 0.7f, true, window, softcap, slopes);
  }

  /**
   * Runs that continue each other.
   *
   * @param depth 1 for one run that all others continue; 2 for one that the last continues by way
   *     of the one before it; 3 for every second run continuing the one before it
   */
  private static OpCase shared(String name, int[] offsets, int depth, AttentionRules rules) {
    int[] parents = new int[offsets.length - 1];
    for (int run = 0; run < parents.length; run++) {
      parents[run] =
          switch (depth) {
            case 1 -> run == 0 ? -1 : 0;
            case 2 -> run == 0 ? -1 : run == parents.length - 1 ? run - 1 : 0;
            default -> run % 2 == 0 ? run / 2 - 1 : run - 1;
          };
    }
    return attention(name, new RunTree(new Ragged(offsets), parents), 3, rules);
  }

  private static OpCase attention(
      String name,
      int[] offsets,
      int heads,
      int kvHeads,
      int d,
      boolean causal,
      int window,
      float softcap,
      float[] slopes) {
    AttentionRules rules =
        new AttentionRules(heads, kvHeads, 0.7f, causal, window, softcap, slopes);
    return attention(name, RunTree.of(new Ragged(offsets)), d, rules);
  }

  private static OpCase attention(String name, RunTree tree, int d, AttentionRules rules) {
    Random64 random = Random64.of(name);
    int rows = tree.rows().rows();
    Map<String, Tensor> inputs = new LinkedHashMap<>();
    inputs.put("q", random.matrix(rows, rules.heads() * d, 1));
    inputs.put("k", random.matrix(rows, rules.kvHeads() * d, 1));
    inputs.put("v", random.matrix(rows, rules.kvHeads() * d, 1));
    return new OpCase(
        name,
        inputs,
        inputs.keySet(),
        (tape, v) -> Attention.apply(tape, v.get("q"), v.get("k"), v.get("v"), tree, rules),
        v -> DecoderReferences.attention(v.get("q"), v.get("k"), v.get("v"), tree, rules));
  }

  private static List<OpCase> losses() {
    return List.of(
        loss("frozen_cross_entropy", 5, 7, 11, 0, false),
        loss("frozen_cross_entropy_bias", 4, 3, 6, 0, true),
        loss("frozen_cross_entropy_softcap", 6, 5, 9, 1.3f, false),
        // More rows than the logits of which exist together.
        loss("frozen_cross_entropy_parts", 20, 2, 300_000, 0, false));
  }

  private static OpCase loss(
      String name, int rows, int in, int classes, float softcap, boolean biased) {
    Random64 random = Random64.of(name);
    int[] labels = random.indices(rows, classes);
    Tensor w = random.matrix(classes, in, 0.7);
    float[] bias = biased ? random.floats(classes, 1) : null;
    return new OpCase(
        name,
        Map.of("h", random.matrix(rows, in, 1)),
        Set.of("h"),
        (tape, v) -> {
          FrozenMatrix head = tape.compute().gemm().dense(w.toArray(), classes, in);
          return FrozenCrossEntropy.apply(tape, v.get("h"), head, bias, softcap, labels, rows);
        },
        v -> DecoderReferences.loss(v.get("h"), w, bias, softcap, labels));
  }
}
