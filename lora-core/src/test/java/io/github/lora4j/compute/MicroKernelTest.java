package io.github.lora4j.compute;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;

/**
 * One tile of every kernel, also of those that this processor would not choose, against float64.
 */
class MicroKernelTest {

  private static List<MicroKernel> kernels() {
    List<MicroKernel> kernels = new ArrayList<>(List.of(new ScalarMicroKernel()));
    if (KernelSet.VECTOR.available()) {
      kernels.add(new FourRowKernel());
      kernels.add(new EightRowKernel());
    }
    return kernels;
  }

  @Property(tries = 100)
  void tile(
      @ForAll @IntRange(max = 40) int depth,
      @ForAll @IntRange(max = 5) int offset,
      @ForAll @IntRange(max = 7) int gap,
      @ForAll boolean sameForEveryRow,
      @ForAll long seed) {
    for (MicroKernel kernel : kernels()) {
      int rows = kernel.rows();
      int width = kernel.width();
      int stride = width + gap;
      float[] a = Products.random(seed, offset + rows * depth);
      float[] p = Products.random(seed + 1, 2 * offset + stride * depth);
      float[] init = Products.random(seed + 2, 3 * offset + rows * stride);
      float[] before = Products.random(seed + 3, 4 * offset + rows * stride);
      float[] c = before.clone();
      int step = sameForEveryRow ? 0 : stride;
      kernel.tile(
          a, offset, p, 2 * offset, stride, depth, c, 4 * offset, stride, init, 3 * offset, step);
      for (int at = 0; at < c.length; at++) {
        int row = Math.floorDiv(at - 4 * offset, stride);
        int col = Math.floorMod(at - 4 * offset, stride);
        String what = kernel.getClass().getSimpleName() + ", row " + row + ", column " + col;
        if (row < 0 || col >= width) {
          assertEquals(before[at], c[at], what + " is not of the tile");
          continue;
        }
        double sum = init[3 * offset + row * step + col];
        for (int k = 0; k < depth; k++) {
          sum += (double) a[offset + k * rows + row] * p[2 * offset + k * stride + col];
        }
        assertEquals(sum, c[at], 1e-5, what);
      }
    }
  }
}
