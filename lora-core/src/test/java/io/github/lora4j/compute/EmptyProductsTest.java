package io.github.lora4j.compute;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import io.github.lora4j.tensor.FrozenMatrix;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Products over no rows: a batch may be empty. */
class EmptyProductsTest {
  private static final String SETS = "io.github.lora4j.compute.KernelSets#available";

  @ParameterizedTest
  @MethodSource(SETS)
  void noRows(KernelSet set) {
    float[] none = new float[0];
    float[] four = {1, 2, 3, 4};
    try (Compute compute = new Compute(set, 2)) {
      Gemm gemm = compute.gemm();
      FrozenMatrix w = gemm.dense(four, 2, 2);
      gemm.forward(compute.pool(), none, 0, w, new float[2], none);
      gemm.backward(compute.pool(), none, 0, w, none, false);
      gemm.nt(compute.pool(), 0, 2, 2, 1f, none, four, none, false);
      gemm.nn(compute.pool(), 0, 2, 2, 1f, none, four, none, false);
    }
    assertArrayEquals(new float[] {1, 2, 3, 4}, four);
  }

  @ParameterizedTest
  @MethodSource(SETS)
  void noDepthIsZeroOrWhatWasThere(KernelSet set) {
    float[] none = new float[0];
    try (Compute compute = new Compute(set, 2)) {
      Gemm gemm = compute.gemm();
      for (boolean accumulate : new boolean[] {false, true}) {
        float kept = accumulate ? 7 : 0;
        float[] expected = {kept, kept};
        float[] nt = {7, 7};
        gemm.nt(compute.pool(), 1, 2, 0, 1f, none, none, nt, accumulate);
        assertArrayEquals(expected, nt, "nt");
        float[] nn = {7, 7};
        gemm.nn(compute.pool(), 1, 2, 0, 1f, none, none, nn, accumulate);
        assertArrayEquals(expected, nn, "nn");
        float[] tn = {7, 7};
        gemm.tn(compute.pool(), 1, 2, 0, 1f, none, none, tn, accumulate);
        assertArrayEquals(expected, tn, "tn");
      }
    }
  }
}
