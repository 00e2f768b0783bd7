package io.github.lora4j.autograd;

import io.github.lora4j.Approx;
import io.github.lora4j.tensor.Ragged;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** The float64 path: analytic gradients of the references against their central differences. */
class ReferenceGradientTest {
  private static final double TOLERANCE = 1e-7;
  private static final double FLOOR = 1e-2;

  private final Random64 random = Random64.of("reference gradients");

  private double[] values(int count) {
    return Approx.widen(random.floats(count, 1));
  }

  private static void require(
      String name, double[] gradient, OpCase.Forward f, Map<String, double[]> in, double[] dy) {
    Approx.requireClose(
        "d" + name, CentralDifferences.of(f, in, name, dy), gradient, TOLERANCE, FLOOR);
  }

  @Test
  void linear() {
    double[] dy = values(5 * 7);
    Map<String, double[]> in = Map.of("x", values(5 * 3), "w", values(7 * 3));
    OpCase.Forward f = v -> References.linear(v.get("x"), v.get("w"), null, 3);
    require("x", ReferenceGradients.linearX(dy, in.get("w"), 3), f, in, dy);
    require("w", ReferenceGradients.linearW(dy, in.get("x"), 3), f, in, dy);
  }

  @Test
  void layerNorm() {
    double[] dy = values(4 * 9);
    Map<String, double[]> in = Map.of("x", values(4 * 9), "gamma", values(9), "beta", values(9));
    OpCase.Forward f = v -> References.layerNorm(v.get("x"), v.get("gamma"), v.get("beta"), 1e-5);
    double[] dx = ReferenceGradients.layerNormX(dy, in.get("x"), in.get("gamma"), 1e-5);
    require("x", dx, f, in, dy);
  }

  @Test
  void gelu() {
    double[] dy = values(41);
    Map<String, double[]> in = Map.of("x", values(41));
    require(
        "x", ReferenceGradients.gelu(dy, in.get("x")), v -> References.gelu(v.get("x")), in, dy);
  }

  @Test
  void attention() {
    Ragged batch = new Ragged(new int[] {0, 1, 5, 8});
    for (boolean causal : new boolean[] {false, true}) {
      double[] dy = values(8 * 5);
      Map<String, double[]> in = Map.of("q", values(8 * 5), "k", values(8 * 5), "v", values(8 * 5));
      OpCase.Forward f =
          v -> References.attention(v.get("q"), v.get("k"), v.get("v"), batch, 1, 1, causal);
      double[][] gradients =
          ReferenceGradients.attention(dy, in.get("q"), in.get("k"), in.get("v"), batch, causal);
      require("q", gradients[0], f, in, dy);
      require("k", gradients[1], f, in, dy);
      require("v", gradients[2], f, in, dy);
    }
  }

  @Test
  void crossEntropy() {
    int[] labels = {0, CrossEntropy.IGNORE, 4, 2};
    Map<String, double[]> in = Map.of("logits", values(4 * 5));
    require(
        "logits",
        ReferenceGradients.crossEntropy(in.get("logits"), labels, 3),
        v -> References.crossEntropy(v.get("logits"), labels, 3),
        in,
        new double[] {1});
  }
}
