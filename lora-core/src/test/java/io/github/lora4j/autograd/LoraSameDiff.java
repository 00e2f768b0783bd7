package io.github.lora4j.autograd;

import io.github.lora4j.tensor.Tensor;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

/** A LoRA layer by SameDiff, for tests outside of this package. */
public final class LoraSameDiff {
  private LoraSameDiff() {}

  /**
   * Output and gradients of {@code sum(y * dy)}.
   *
   * @param y {@code x Wᵀ + bias + scaling x Aᵀ Bᵀ}
   * @param grads of x, a and b
   */
  public record Result(float[] dy, double[] y, Map<String, double[]> grads) {}

  public static Result of(Tensor x, Tensor w, Tensor bias, Tensor a, Tensor b, double scaling) {
    Map<String, Tensor> inputs = new LinkedHashMap<>();
    inputs.put("x", x);
    inputs.put("w", w);
    inputs.put("bias", bias);
    inputs.put("a", a);
    inputs.put("b", b);
    OpCase c = new OpCase("lora", inputs, Set.of("x", "a", "b"), null, null);
    GradientCheck check =
        SameDiffOracle.of(
            c,
            (graph, v) ->
                v.get("x")
                    .mmul(graph.transpose(v.get("w")))
                    .add(v.get("bias"))
                    .add(
                        v.get("x")
                            .mmul(graph.transpose(v.get("a")))
                            .mmul(graph.transpose(v.get("b")))
                            .mul(scaling)));
    return new Result(check.dy(), check.y(), check.grads());
  }
}
