package io.github.lora4j.compute;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import io.github.lora4j.tensor.FrozenMatrix;
import io.github.lora4j.tensor.HalfType;
import java.util.ArrayList;
import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

/** Products of every kernel set against float64, on sizes around the limits of the tiles. */
class GemmTest {
  private static final int TRIES = 40;

  /** Small sizes, and those around tiles (6), panels (16, 64) and blocks (48, 240, 384, 512). */
  @Provide
  Arbitrary<Integer> sizes() {
    return Arbitraries.oneOf(
        Arbitraries.integers().between(1, 40),
        Arbitraries.of(5, 6, 7, 15, 16, 17, 47, 48, 49, 63, 64, 65, 95, 97, 130));
  }

  @Provide
  Arbitrary<Integer> depths() {
    return Arbitraries.oneOf(
        Arbitraries.integers().between(1, 40), Arbitraries.of(383, 384, 385, 511, 512, 513, 769));
  }

  @Provide
  Arbitrary<Integer> rows() {
    return Arbitraries.oneOf(
        Arbitraries.integers().between(1, 40), Arbitraries.of(239, 240, 241, 246, 481));
  }

  private interface Check {
    void run(Compute compute, FrozenMatrix w, float[] values, String what);
  }

  /** With dense weights, those of another set and another format, on 1 and 3 threads. */
  private static void withEveryFormat(float[] w, int out, int in, Check check) {
    for (KernelSet set : KernelSets.list()) {
      for (int threads : new int[] {1, 3}) {
        try (Compute compute = new Compute(set, threads)) {
          String what = set + " on " + threads + " threads, ";
          check.run(compute, compute.gemm().dense(w, out, in), w, what + "dense");
          Bf16Matrix half = new Bf16Matrix(w, out, in);
          check.run(compute, half, half.decoded(), what + "bf16");
          for (HalfType type : HalfType.values()) {
            HalfMatrix packed = HalfMatrix.pack(compute, type, w, out, in);
            float[] values = new float[out * in];
            packed.decodeRows(0, out, 0, in, values, 0, in);
            check.run(compute, packed, values, what + type.id());
          }
        }
      }
    }
  }

  @Property(tries = TRIES)
  void forward(
      @ForAll("rows") int rows,
      @ForAll("sizes") int out,
      @ForAll("depths") int in,
      @ForAll boolean withBias,
      @ForAll long seed) {
    float[] x = Products.random(seed, rows * in);
    float[] bias = withBias ? Products.random(seed + 1, out) : null;
    withEveryFormat(
        Products.random(seed + 2, out * in),
        out,
        in,
        (compute, w, values, what) -> {
          double[] expected = Products.multiply(rows, out, in, 1, x, in, 1, values, 1, in, null);
          for (int i = 0; withBias && i < expected.length; i++) {
            expected[i] += bias[i % out];
          }
          float[] y = Products.undefined(rows * out + 5);
          compute.gemm().forward(compute.pool(), Products.buffer(x), rows, w, bias, y);
          Products.requireProduct("forward, " + what, expected, y);
        });
  }

  /** Together they are what each is alone, whatever the formats and whether they are few rows. */
  @Property(tries = TRIES)
  void forwardAll(
      @ForAll("rows") int rows,
      @ForAll("sizes") int out,
      @ForAll("sizes") int otherOut,
      @ForAll("depths") int in,
      @ForAll long seed) {
    float[] x = Products.random(seed, rows * in);
    float[] bias = Products.random(seed + 1, out);
    float[] other = Products.random(seed + 3, otherOut * in);
    withEveryFormat(
        Products.random(seed + 2, out * in),
        out,
        in,
        (compute, w, values, what) -> {
          Gemm gemm = compute.gemm();
          List<FrozenMatrix> weights =
              List.of(
                  w,
                  gemm.dense(other, otherOut, in),
                  HalfMatrix.pack(compute, HalfType.BFLOAT16, other, otherOut, in),
                  w);
          for (int count = 0; count <= weights.size(); count++) {
            List<Gemm.Product> products = new ArrayList<>();
            List<float[]> alone = new ArrayList<>();
            for (FrozenMatrix weight : weights.subList(weights.size() - count, weights.size())) {
              float[] b = weight == w && products.isEmpty() ? bias : null;
              float[] y = Products.undefined(rows * weight.out() + 5);
              gemm.forward(compute.pool(), Products.buffer(x), rows, weight, b, y);
              alone.add(y);
              products.add(new Gemm.Product(weight, b, Products.undefined(y.length)));
            }
            gemm.forwardAll(compute.pool(), Products.buffer(x), rows, products);
            for (int i = 0; i < count; i++) {
              assertArrayEquals(alone.get(i), products.get(i).y(), what + ", product " + i);
            }
          }
        });
  }

  @Property(tries = TRIES)
  void backward(
      @ForAll("sizes") int rows,
      @ForAll("depths") int out,
      @ForAll("sizes") int in,
      @ForAll boolean accumulate,
      @ForAll long seed) {
    float[] dy = Products.random(seed, rows * out);
    float[] start = accumulate ? Products.random(seed + 1, rows * in) : null;
    withEveryFormat(
        Products.random(seed + 2, out * in),
        out,
        in,
        (compute, w, values, what) -> {
          double[] expected = Products.multiply(rows, in, out, 1, dy, out, 1, values, in, 1, start);
          float[] dx = accumulate ? Products.buffer(start) : Products.undefined(rows * in + 5);
          compute.gemm().backward(compute.pool(), Products.buffer(dy), rows, w, dx, accumulate);
          Products.requireProduct("backward, " + what, expected, dx);
        });
  }

  @Property(tries = TRIES)
  void products(
      @ForAll("rows") int m,
      @ForAll("sizes") int n,
      @ForAll("depths") int k,
      @ForAll boolean accumulate,
      @ForAll long seed) {
    float[] a = Products.random(seed, m * k);
    float[] b = Products.random(seed + 1, k * n);
    float[] start = accumulate ? Products.random(seed + 2, m * n) : null;
    float alpha = 0.6f;
    double[] nt = Products.multiply(m, n, k, alpha, a, k, 1, b, 1, k, start);
    double[] nn = Products.multiply(m, n, k, alpha, a, k, 1, b, n, 1, start);
    double[] tn = Products.multiply(m, n, k, alpha, a, 1, m, b, n, 1, start);
    float[] left = Products.buffer(a);
    float[] right = Products.buffer(b);
    for (KernelSet set : KernelSets.list()) {
      try (Compute compute = new Compute(set, 2)) {
        Gemm gemm = compute.gemm();
        WorkerPool pool = compute.pool();
        float[] c = target(start, m * n);
        gemm.nt(pool, m, n, k, alpha, left, right, c, accumulate);
        Products.requireProduct("nt, " + set, nt, c);
        c = target(start, m * n);
        gemm.nn(pool, m, n, k, alpha, left, right, c, accumulate);
        Products.requireProduct("nn, " + set, nn, c);
        c = target(start, m * n);
        gemm.tn(pool, m, n, k, alpha, left, right, c, accumulate);
        Products.requireProduct("tn, " + set, tn, c);
      }
    }
  }

  private static float[] target(float[] start, int length) {
    return start == null ? Products.undefined(length + 5) : Products.buffer(start);
  }

  @Property(tries = 15)
  void sameBitsOnAnyNumberOfThreads(
      @ForAll("rows") int rows,
      @ForAll("sizes") int out,
      @ForAll("depths") int in,
      @ForAll boolean accumulate,
      @ForAll long seed) {
    for (KernelSet set : KernelSets.list()) {
      float[] expected = allProducts(set, 1, rows, out, in, accumulate, seed);
      for (int threads : new int[] {1, 2, 3}) {
        float[] again = allProducts(set, threads, rows, out, in, accumulate, seed);
        assertArrayEquals(expected, again, 0f, set + " on " + threads + " threads");
      }
    }
  }

  private static float[] allProducts(
      KernelSet set, int threads, int rows, int out, int in, boolean accumulate, long seed) {
    float[] x = Products.random(seed, rows * in);
    float[] w = Products.random(seed + 1, out * in);
    float[] dy = Products.random(seed + 2, rows * out);
    float[][] results = {
      Products.random(seed + 3, rows * out),
      Products.random(seed + 4, rows * in),
      Products.random(seed + 5, rows * out),
      Products.random(seed + 6, rows * in),
      Products.random(seed + 7, out * in)
    };
    try (Compute compute = new Compute(set, threads)) {
      Gemm gemm = compute.gemm();
      WorkerPool pool = compute.pool();
      FrozenMatrix weight = gemm.dense(w, out, in);
      gemm.forward(pool, x, rows, weight, null, results[0]);
      gemm.backward(pool, dy, rows, weight, results[1], accumulate);
      gemm.nt(pool, rows, out, in, 0.3f, x, w, results[2], accumulate);
      gemm.nn(pool, rows, in, out, 0.3f, dy, w, results[3], accumulate);
      gemm.tn(pool, out, in, rows, 0.3f, dy, x, results[4], accumulate);
    }
    float[] all = new float[2 * rows * (out + in) + out * in];
    int at = 0;
    for (float[] result : results) {
      System.arraycopy(result, 0, all, at, result.length);
      at += result.length;
    }
    return all;
  }
}
