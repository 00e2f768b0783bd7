package io.github.lora4j.quant.gguf;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;

import io.github.lora4j.compute.Compute;
import io.github.lora4j.compute.KernelSet;
import io.github.lora4j.tensor.FrozenMatrix;
import java.util.EnumSet;
import java.util.Set;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class StripGgufMatrixTest {
  private static final Set<GgufType> WITHOUT =
      EnumSet.of(GgufType.F32, GgufType.F16, GgufType.BF16, GgufType.Q2_K, GgufType.Q3_K);

  /** In strips, whether the kernels prefer them or not. */
  private static FrozenMatrix strips(Compute compute, GgufType type, int out, int in, long seed) {
    GgufMatrix matrix = GgufMatrixTest.random(compute.kernels(), type, out, in, seed);
    StripForm form = StripForm.of(type);
    return form == null ? matrix.inMemory() : StripGgufMatrix.strips(compute, matrix, form);
  }

  /** The values are those of the blocks, bit for bit, in any part of the matrix. */
  @Property(tries = 200)
  void blocksOfTheMatrix(
      @ForAll GgufType type,
      @ForAll @IntRange(min = 1, max = 70) int out,
      @ForAll @IntRange(min = 1, max = 3) int blocks,
      @ForAll @IntRange(max = 69) int rowSeed,
      @ForAll @IntRange(max = 767) int colSeed,
      @ForAll @IntRange(max = 767) int colsSeed,
      @ForAll @IntRange(max = 3) int gap,
      @ForAll long seed) {
    int in = GgufMatrixTest.columns(type, blocks);
    int row = rowSeed % out;
    int col = colSeed % in;
    int cols = 1 + colsSeed % (in - col);
    for (KernelSet set : KernelSet.values()) {
      if (!set.available()) {
        continue;
      }
      try (Compute compute = new Compute(set, 2)) {
        float[] all =
            GgufMatrixTest.all(GgufMatrixTest.random(compute.kernels(), type, out, in, seed));
        FrozenMatrix strips = strips(compute, type, out, in, seed);
        assertArrayEquals(all, GgufMatrixTest.all(strips));
        GgufMatrixTest.requireBlock(strips, all, row, out - row, col, cols, gap);
      }
    }
  }

  @Property(tries = 60)
  void products(
      @ForAll GgufType type,
      @ForAll @IntRange(min = 1, max = 13) int rows,
      @ForAll @IntRange(min = 1, max = 80) int out,
      @ForAll @IntRange(min = 1, max = 3) int blocks,
      @ForAll long seed) {
    int in = GgufMatrixTest.columns(type, blocks);
    GgufMatrixTest.requireProducts(c -> strips(c, type, out, in, seed), rows, out, in, seed);
    GgufMatrixTest.requireProducts(c -> strips(c, type, out, in, seed), 1, out, in, seed);
  }

  @ParameterizedTest
  @EnumSource
  void productsOverManyColumns(GgufType type) {
    for (int rows : new int[] {1, 7, 35}) {
      GgufMatrixTest.requireProducts(c -> strips(c, type, 70, 1024, 3), rows, 70, 1024, 3);
    }
  }

  /**
   * Types of 2 and 3 bits stay in their blocks, and kernels that are faster over blocks get them.
   */
  @ParameterizedTest
  @EnumSource
  void packsWhatGains(GgufType type) {
    try (Compute compute = Compute.withThreads(1)) {
      GgufMatrix matrix = GgufMatrixTest.random(compute.kernels(), type, 3, 256, 1);
      boolean even = type != GgufType.IQ4_NL;
      boolean expected = !WITHOUT.contains(type) && compute.kernels().codes().prefersStrips(even);
      Class<?> form = expected ? StripGgufMatrix.class : GgufMatrix.class;
      FrozenMatrix packed = StripGgufMatrix.pack(compute, matrix);
      assertSame(form, packed.getClass());
      assertArrayEquals(GgufMatrixTest.all(matrix), GgufMatrixTest.all(packed));
    }
  }

  @Test
  void bytesPerWeight() {
    try (Compute compute = Compute.withThreads(1)) {
      assertEquals(0.625, bytes(compute, GgufType.Q4_0));
      assertEquals(0.75, bytes(compute, GgufType.Q4_K));
      assertEquals(1.125, bytes(compute, GgufType.Q8_0));
      assertEquals(1.25, bytes(compute, GgufType.Q6_K));
    }
  }

  private static double bytes(Compute compute, GgufType type) {
    return strips(compute, type, 64, 512, 1).bytes() / (64.0 * 512);
  }
}
