package io.github.lora4j.autograd;

import io.github.lora4j.tensor.Tensor;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The operations of the variants of LoRA on small odd shapes. */
final class VariantOpCases {
  private VariantOpCases() {}

  static List<OpCase> all() {
    return List.of(
        dora("dora", 7, 13, 11, 4, 2.0, true, 0),
        dora("dora_no_bias", 5, 19, 23, 3, 0.7, false, 0),
        dora("dora_one", 1, 9, 5, 1, 1.0, true, 0),
        dora("dora_dropout", 6, 21, 13, 4, 2.0, true, 0.25),
        dora("dora_dropout_no_bias", 6, 5, 3, 2, 0.5, false, 0.5),
        addRow("add_row", 5, 11, 0.7f));
  }

  private static OpCase dora(
      String name, int rows, int in, int out, int r, double scaling, boolean bias, double p) {
    Random64 random = Random64.of(name + "/factors");
    Map<String, Tensor> inputs = OpCases.linearInputs(name, rows, in, out, bias);
    inputs.put("a", random.matrix(r, in, 0.5));
    inputs.put("b", random.matrix(out, r, 0.5));
    inputs.put("m", random.matrix(1, out, 1));
    float factor = (float) scaling;
    float[] mask = p > 0 ? random.mask(rows * in, p) : null;
    // Constants, as they are for the gradient: any will do.
    float[] norms = new float[out];
    for (int o = 0; o < out; o++) {
      norms[o] = 1.5f + 0.25f * o;
    }
    return new OpCase(
        name,
        inputs,
        OpCases.trained(inputs.containsKey("bias"), "x", "a", "b", "m"),
        (tape, v) ->
            mask == null
                ? DoraLinear.apply(
                    tape,
                    v.get("x"),
                    OpCases.weight(tape, v),
                    OpCases.bias(v),
                    v.get("a"),
                    v.get("b"),
                    v.get("m"),
                    norms,
                    factor,
                    0.0)
                : DoraLinear.apply(
                    tape,
                    v.get("x"),
                    OpCases.weight(tape, v),
                    OpCases.bias(v),
                    v.get("a"),
                    v.get("b"),
                    v.get("m"),
                    norms,
                    factor,
                    mask),
        v -> reference(v, in, factor, mask, norms));
  }

  /** As PEFT sums it up: the base, and what DoRA adds to that for the dropped input. */
  private static double[] reference(
      Map<String, double[]> v, int in, double scaling, float[] mask, float[] norms) {
    double[] x = v.get("x");
    double[] dropped = mask == null ? x : References.multiply(x, mask);
    double[] y = References.linear(x, v.get("w"), v.get("bias"), in);
    double[] base = References.linear(dropped, v.get("w"), null, in);
    double[] u = References.linear(dropped, v.get("a"), null, in);
    double[] update = References.linear(u, v.get("b"), null, v.get("a").length / in);
    int out = norms.length;
    for (int i = 0; i < y.length; i++) {
      double scale = v.get("m")[i % out] / norms[i % out];
      y[i] += (scale - 1) * base[i] + scale * scaling * update[i];
    }
    return y;
  }

  private static OpCase addRow(String name, int rows, int cols, float scale) {
    Random64 random = Random64.of(name);
    Map<String, Tensor> inputs = new LinkedHashMap<>();
    inputs.put("x", random.matrix(rows, cols, 1));
    inputs.put("row", random.matrix(1, cols, 1));
    return new OpCase(
        name,
        inputs,
        inputs.keySet(),
        (tape, v) -> AddRow.apply(tape, v.get("x"), v.get("row"), scale),
        v -> {
          double[] y = v.get("x").clone();
          for (int i = 0; i < y.length; i++) {
            y[i] += scale * v.get("row")[i % cols];
          }
          return y;
        });
  }
}
