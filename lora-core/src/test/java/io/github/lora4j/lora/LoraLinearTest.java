package io.github.lora4j.lora;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.lora4j.Approx;
import io.github.lora4j.autograd.LoraSameDiff;
import io.github.lora4j.autograd.Parameter;
import io.github.lora4j.autograd.Random64;
import io.github.lora4j.compute.Compute;
import io.github.lora4j.compute.KernelSet;
import io.github.lora4j.nd4j.Nd4jArrays;
import io.github.lora4j.tensor.Tensor;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.linalg.api.ndarray.INDArray;

class LoraLinearTest {
  private static final String SETS = "io.github.lora4j.compute.KernelSets#available";
  private static final int IN = 13;
  private static final int OUT = 11;
  private static final int R = 4;
  private static final int ROWS = 7;
  private static final double ALPHA = 8;

  private final Random64 random = Random64.of("lora linear");
  private final Tensor w = random.matrix(OUT, IN, 0.5);
  private final Tensor bias = random.matrix(1, OUT, 1);
  private final Tensor x = random.matrix(ROWS, IN, 1);
  private final Tensor a = random.matrix(R, IN, 0.5);
  private final Tensor b = random.matrix(OUT, R, 0.5);

  private LoraLinearBuilder options() {
    return LoraLinear.of(Nd4jArrays.toNd4j(w)).bias(Nd4jArrays.toNd4j(bias)).r(R).alpha(ALPHA);
  }

  private LoraLinear trained(Compute compute) {
    LoraLinear layer = options().build(compute);
    layer.set(Nd4jArrays.toNd4j(a), Nd4jArrays.toNd4j(b));
    return layer;
  }

  private static String hash(Tensor tensor) throws Exception {
    ByteBuffer bytes = ByteBuffer.allocate(4 * tensor.size());
    bytes.asFloatBuffer().put(tensor.toArray());
    return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes.array()));
  }

  /** {@code x Wᵀ + bias + alpha / r * x Aᵀ Bᵀ} in float64. */
  private double[] reference() {
    double[] y = new double[ROWS * OUT];
    for (int row = 0; row < ROWS; row++) {
      for (int o = 0; o < OUT; o++) {
        double sum = bias.get(0, o);
        for (int i = 0; i < IN; i++) {
          double weight = w.get(o, i);
          for (int k = 0; k < R; k++) {
            weight += ALPHA / R * b.get(o, k) * a.get(k, i);
          }
          sum += weight * x.get(row, i);
        }
        y[row * OUT + o] = sum;
      }
    }
    return y;
  }

  @ParameterizedTest
  @MethodSource(SETS)
  void forwardAndMergedForward(KernelSet set) throws Exception {
    try (Compute compute = new Compute(set, 2)) {
      LoraLinear layer = trained(compute);
      String before = hash(layer.weight());
      assertEquals(hash(w), before);
      Tensor plain = layer.forward(x);
      Approx.requireClose("forward", reference(), plain, 1e-6, 1);
      layer.merge();
      layer.merge();
      assertTrue(layer.isMerged());
      assertFalse(before.equals(hash(layer.weight())), "merging changes the weights in use");
      Approx.requireClose("merged", reference(), layer.forward(x), 1e-6, 1);
      assertThrows(
          IllegalStateException.class, () -> layer.set(Nd4jArrays.toNd4j(a), Nd4jArrays.toNd4j(b)));
      assertThrows(IllegalStateException.class, () -> layer.train(Nd4jArrays.toNd4j(x)));
      layer.unmerge();
      assertEquals(before, hash(layer.weight()));
      assertArrayEquals(plain.toArray(), layer.forward(x).toArray(), "bit for bit as before");
    }
  }

  @ParameterizedTest
  @MethodSource(SETS)
  void aNewLayerIsTheBaseLayer(KernelSet set) {
    try (Compute compute = new Compute(set, 1)) {
      LoraLinear layer = options().seed(3).build(compute);
      double bound = 1 / Math.sqrt(IN);
      float[] start = layer.a().data().asFloat();
      double largest = 0;
      double sum = 0;
      for (float value : start) {
        assertTrue(Math.abs(value) <= bound, value + " outside of " + bound);
        largest = Math.max(largest, Math.abs(value));
        sum += value;
      }
      assertTrue(largest > 0.8 * bound, "values reach the bound");
      assertEquals(0, sum / start.length, 0.3 * bound);
      assertArrayEquals(new float[OUT * R], layer.b().data().asFloat());
      Tensor base = Tensor.zeros(ROWS, OUT);
      compute
          .gemm()
          .forward(
              compute.pool(),
              x.data(),
              ROWS,
              compute.gemm().dense(w.data(), OUT, IN),
              bias.data(),
              base.data());
      assertArrayEquals(base.toArray(), layer.forward(x).toArray());
      assertArrayEquals(start, options().seed(3).build(compute).a().data().asFloat());
      assertFalse(Arrays.equals(start, options().seed(4).build(compute).a().data().asFloat()));
      assertEquals(2f, layer.scaling());
      assertEquals(List.of(IN, OUT, R), List.of(layer.in(), layer.out(), layer.r()));
    }
  }

  @ParameterizedTest
  @MethodSource(SETS)
  void gradientsAreThoseOfSameDiff(KernelSet set) {
    LoraSameDiff.Result expected = LoraSameDiff.of(x, w, bias, a, b, ALPHA / R);
    try (Compute compute = new Compute(set, 2)) {
      LoraLinear layer = trained(compute);
      for (int pass = 1; pass <= 2; pass++) {
        try (LoraPass run = layer.train(Nd4jArrays.toNd4j(x))) {
          require("y", expected.y(), run.output(), 1);
          Tensor dy = Tensor.of(expected.dy(), ROWS, OUT);
          INDArray dx = run.backward(Nd4jArrays.toNd4j(dy));
          require("dx", expected.grads().get("x"), dx, 1);
          assertThrows(IllegalStateException.class, () -> run.backward(Nd4jArrays.toNd4j(dy)));
        }
        require("dA", expected.grads().get("a"), layer.gradA(), pass);
        require("dB", expected.grads().get("b"), layer.gradB(), pass);
      }
      layer.parameters().forEach(Parameter::zeroGrad);
      assertArrayEquals(new float[R * IN], layer.gradA().data().asFloat());
    }
  }

  private static void require(String what, double[] expected, INDArray actual, int times) {
    double[] scaled = Arrays.stream(expected).map(value -> value * times).toArray();
    Approx.requireClose(what, scaled, Nd4jArrays.toTensor(actual), 1e-5, 1e-2);
  }

  @ParameterizedTest
  @MethodSource(SETS)
  void trainingReducesTheLossAndLeavesTheWeights(KernelSet set) throws Exception {
    try (Compute compute = new Compute(set, 1)) {
      LoraLinear layer = options().seed(1).build(compute);
      INDArray target = Nd4jArrays.toNd4j(trained(compute).forward(x));
      INDArray input = Nd4jArrays.toNd4j(x);
      double first = 0;
      double last = 0;
      for (int step = 0; step < 60; step++) {
        try (LoraPass pass = layer.train(input)) {
          INDArray error = pass.output().sub(target);
          last = error.norm2Number().doubleValue();
          first = step == 0 ? last : first;
          pass.backward(error.mul(2.0 / ROWS));
        }
        for (Parameter p : layer.parameters()) {
          for (int i = 0; i < p.value().size(); i++) {
            p.value().data()[i] -= 0.01f * p.grad().data()[i];
          }
          p.zeroGrad();
        }
      }
      assertTrue(last < 0.7 * first, "loss " + first + " became " + last);
      assertEquals(hash(w), hash(layer.weight()));
      assertEquals(
          List.of("linear.lora_A.weight", "linear.lora_B.weight"),
          layer.parameters().stream().map(Parameter::name).toList(),
          "W is no parameter");
    }
  }

  @Test
  void dropoutOnlyWhileTraining() {
    try (Compute compute = new Compute(KernelSet.SCALAR, 1)) {
      LoraLinear layer = options().dropout(0.5).build(compute);
      layer.set(Nd4jArrays.toNd4j(a), Nd4jArrays.toNd4j(b));
      Approx.requireClose("inference", reference(), layer.forward(x), 1e-6, 1);
      INDArray input = Nd4jArrays.toNd4j(x);
      try (LoraPass first = layer.train(input);
          LoraPass second = layer.train(input)) {
        assertFalse(first.output().equalsWithEps(second.output(), 1e-3), "a mask for each pass");
        assertThrows(
            AssertionError.class, () -> require("training", reference(), first.output(), 1));
      }
    }
  }

  @Test
  void manyThreadsForwardAtOnce() throws Exception {
    ExecutorService executor = Executors.newFixedThreadPool(6);
    try (Compute compute = Compute.withThreads(2)) {
      LoraLinear layer = trained(compute);
      float[] expected = layer.forward(x).toArray();
      List<Future<?>> calls = new ArrayList<>();
      for (int t = 0; t < 6; t++) {
        calls.add(
            executor.submit(
                () -> {
                  for (int i = 0; i < 50; i++) {
                    assertArrayEquals(expected, layer.forward(x).toArray());
                  }
                }));
      }
      for (Future<?> call : calls) {
        call.get();
      }
    } finally {
      executor.shutdownNow();
    }
  }
}
