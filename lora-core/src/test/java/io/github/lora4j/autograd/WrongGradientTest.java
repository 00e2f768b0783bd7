package io.github.lora4j.autograd;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.lora4j.Approx;
import io.github.lora4j.compute.Compute;
import io.github.lora4j.compute.KernelSet;
import io.github.lora4j.tensor.Ragged;
import io.github.lora4j.tensor.Tensor;
import java.io.IOException;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** The checks of gradients fail where a gradient is wrong, so that they mean something. */
class WrongGradientTest {

  private static void requireCaught(OpCase c, Op wrong, String message) {
    GradientCheck expected = GradientCheck.byCentralDifferences(c);
    try (Compute compute = new Compute(KernelSet.SCALAR, 1)) {
      expected.require(compute, c);
      AssertionError error =
          assertThrows(
              AssertionError.class, () -> expected.require(compute, c.with(c.name(), wrong)));
      assertTrue(error.getMessage().contains(message), error.getMessage());
    }
  }

  @TestFactory
  Stream<DynamicTest> everyGradientSlightlyTooLarge() {
    return Stream.of(
            "frozen_linear",
            "linear",
            "low_rank",
            "low_rank_dropout",
            "dora",
            "dora_dropout",
            "add_row",
            "layer_norm",
            "gelu",
            "attention_grouped_causal",
            "embedding_sum",
            "dropout",
            "mean_pooling",
            "cross_entropy_ignored",
            "add")
        .map(OpCases::named)
        .flatMap(c -> c.grads().stream().map(input -> tooLarge(c, input)));
  }

  private static DynamicTest tooLarge(OpCase c, String input) {
    Op wrong = WrongBackward.slightlyTooLarge(c.op(), input);
    return DynamicTest.dynamicTest(
        c.name() + " of " + input, () -> requireCaught(c, wrong, "d" + input));
  }

  @TestFactory
  Stream<DynamicTest> goldenChecksToo() throws IOException {
    return GoldenOps.read().stream()
        .filter(c -> !GoldenOpsTest.NOT_COVERED.contains(c.op()))
        .filter(c -> c.grads().values().stream().allMatch(WrongGradientTest::large))
        .map(c -> DynamicTest.dynamicTest(c.name(), () -> requireGoldenCaught(c)));
  }

  private static boolean large(double[] gradient) {
    double squares = 0;
    for (double g : gradient) {
      squares += g * g;
    }
    return squares > 1e-3;
  }

  private static void requireGoldenCaught(GoldenOps.Case c) {
    for (String input : c.grads().keySet()) {
      Op wrong = WrongBackward.slightlyTooLarge(GoldenOpsTest.op(c), input);
      try (Compute compute = new Compute(KernelSet.SCALAR, 1)) {
        assertThrows(AssertionError.class, () -> c.require(compute, wrong), input);
      }
    }
  }

  @Test
  void gradientThatNeverArrives() {
    OpCase c = OpCases.named("add");
    Op wrong = (tape, v) -> Add.apply(tape, Var.constant(v.get("a").value()), v.get("b"));
    requireCaught(c, wrong, "no gradient arrived at a");
  }

  @Test
  void gradientOfSomethingFrozen() {
    OpCase c = OpCases.named("add");
    Op wrong =
        (tape, v) -> {
          v.get("b").setGrad(Tensor.zeros(v.get("b").value().shape()));
          return Add.apply(tape, v.get("a"), v.get("b"));
        };
    float[] dy = new float[c.inputs().get("a").size()];
    try (Compute compute = new Compute(KernelSet.SCALAR, 1)) {
      AssertionError error =
          assertThrows(
              AssertionError.class, () -> OpRun.of(compute, wrong, c.inputs(), Set.of("a"), dy));
      assertEquals("a gradient was computed for the frozen b", error.getMessage());
    }
  }

  private static void requireCaught(String name, WrongBackward.Backward wrong) {
    OpCase c = OpCases.named(name);
    requireCaught(c, WrongBackward.replaced(c.op(), c.grads(), wrong), "d");
  }

  @Test
  void linearWithTransposedWeight() {
    OpCase c = OpCases.named("frozen_linear_square");
    float[] w = c.inputs().get("w").data();
    int n = c.inputs().get("w").cols();
    requireCaught(
        c.name(),
        (to, y, dy) -> {
          float[] dx = to.of("x");
          for (int i = 0; i < dx.length; i++) {
            for (int k = 0; k < n; k++) {
              dx[i] += dy[i / n * n + k] * w[i % n * n + k];
            }
          }
        });
  }

  @Test
  void lowRankWithoutScalingOfA() {
    OpCase c = OpCases.named("low_rank");
    float[] x = c.inputs().get("x").data();
    float[] b = c.inputs().get("b").data();
    int in = c.inputs().get("x").cols();
    int r = c.inputs().get("b").cols();
    Op wrong =
        (tape, v) -> {
          Map<String, Var> others = new HashMap<>(Map.of("a", Var.constant(v.get("a").value())));
          v.forEach(others::putIfAbsent);
          Var right = c.op().apply(tape, others);
          Var out = tape.result(right.value(), right, v.get("a"));
          tape.record(
              out,
              () -> {
                tape.addGrad(right, out.grad());
                if (v.get("a").requiresGrad()) {
                  addUnscaled(out.grad(), x, in, b, r, tape.zeroedGradOf(v.get("a")).data());
                }
              });
          return out;
        };
    requireCaught(c, wrong, "da");
  }

  private static void addUnscaled(Tensor dy, float[] x, int in, float[] b, int r, float[] da) {
    for (int row = 0; row < dy.rows(); row++) {
      for (int o = 0; o < dy.cols(); o++) {
        for (int k = 0; k < r; k++) {
          for (int i = 0; i < in; i++) {
            da[k * in + i] += dy.get(row, o) * b[o * r + k] * x[row * in + i];
          }
        }
      }
    }
  }

  @Test
  void layerNormWithoutTheMeanTerm() {
    OpCase c = OpCases.named("layer_norm");
    double[] x = c.wideInputs().get("x");
    double[] gamma = c.wideInputs().get("gamma");
    requireCaught(
        c.name(),
        (to, y, dy) -> {
          double[] dx = ReferenceGradients.layerNormX(Approx.widen(dy), x, gamma, 1e-12);
          double mean = 0;
          for (int i = 0; i < dx.length; i++) {
            mean += dy[i] * gamma[i % gamma.length] / dx.length;
          }
          for (int i = 0; i < dx.length; i++) {
            to.of("x")[i] += (float) (dx[i] + mean);
          }
        });
  }

  @Test
  void geluWithoutTheDensity() {
    float[] x = OpCases.named("gelu").inputs().get("x").data();
    requireCaught(
        "gelu",
        (to, y, dy) -> {
          for (int i = 0; i < x.length; i++) {
            to.of("x")[i] += dy[i] * y[i] / x[i];
          }
        });
  }

  @Test
  void embeddingThatOverwritesRepeatedRows() {
    int[] ids = {3, 1, 3, 0};
    OpCase c = OpCases.embedding("repeated", new int[][] {ids}, 2, 4);
    Op wrong =
        WrongBackward.replaced(
            c.op(),
            c.grads(),
            (to, y, dy) -> {
              for (int r = 0; r < ids.length; r++) {
                System.arraycopy(dy, r * 2, to.of("table0"), ids[r] * 2, 2);
              }
            });
    requireCaught(c, wrong, "dtable0");
  }

  @Test
  void meanPoolingThatSums() {
    Ragged batch = new Ragged(new int[] {0, 3, 4, 15, 17});
    requireCaught(
        "mean_pooling",
        (to, y, dy) -> {
          float[] dx = to.of("x");
          int cols = dx.length / batch.rows();
          for (int s = 0; s < batch.sequences(); s++) {
            for (int i = batch.start(s) * cols; i < batch.offsets()[s + 1] * cols; i++) {
              dx[i] += dy[s * cols + i % cols];
            }
          }
        });
  }

  @Test
  void crossEntropyOverAllRows() {
    int[] labels = {2, CrossEntropy.IGNORE, 0};
    OpCase c = OpCases.crossEntropy("all rows", labels, 3, 1, 0);
    double[] logits = c.wideInputs().get("logits");
    Op wrong =
        WrongBackward.replaced(
            c.op(),
            c.grads(),
            (to, y, dy) -> {
              double[] d = ReferenceGradients.crossEntropy(logits, labels, labels.length);
              for (int i = 0; i < d.length; i++) {
                to.of("logits")[i] += (float) (dy[0] * d[i]);
              }
            });
    requireCaught(c, wrong, "dlogits");
  }

  @Test
  void dropoutThatForgetsItsMask() {
    requireCaught(
        "dropout",
        (to, y, dy) -> {
          for (int i = 0; i < dy.length; i++) {
            to.of("x")[i] += dy[i];
          }
        });
  }
}
