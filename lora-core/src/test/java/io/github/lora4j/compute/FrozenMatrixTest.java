package io.github.lora4j.compute;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.github.lora4j.tensor.DenseMatrix;
import io.github.lora4j.tensor.FrozenMatrix;
import io.github.lora4j.tensor.HalfType;
import java.util.Arrays;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

/** Every storage format decodes any block of itself as the interface says. */
class FrozenMatrixTest {
  private static final float UNTOUCHED = 1e9f;
  private static final int AT = 3;

  @Property(tries = 100)
  void blocks(
      @ForAll @IntRange(min = 1, max = 40) int out,
      @ForAll @IntRange(min = 1, max = 40) int in,
      @ForAll @IntRange(max = 39) int rowSeed,
      @ForAll @IntRange(max = 39) int colSeed,
      @ForAll @IntRange(max = 5) int gap,
      @ForAll long seed) {
    float[] w = Products.random(seed, out * in);
    for (int i = 0; i < w.length; i++) {
      w[i] = Float.intBitsToFloat(Float.floatToRawIntBits(w[i]) & 0xffff0000);
    }
    int row = rowSeed % out;
    int col = colSeed % in;
    int rows = 1 + (int) Math.floorMod(seed, (long) out - row);
    int cols = 1 + (int) Math.floorMod(seed / 7, (long) in - col);
    for (FrozenMatrix m :
        List.of(
            DenseMatrix.pack(w, out, in, 1),
            DenseMatrix.pack(w, out, in, 16),
            new Nd4jGemm().dense(w, out, in),
            new Bf16Matrix(w, out, in))) {
      requireBlock(m, w, row, rows, col, cols, gap);
    }
    for (KernelSet set : KernelSets.list()) {
      try (Compute compute = new Compute(set, 1)) {
        for (HalfType type : HalfType.values()) {
          float[] exact = w.clone();
          for (int i = 0; i < w.length; i++) {
            exact[i] = type.widen(type.narrow(w[i]));
          }
          HalfMatrix m = HalfMatrix.pack(compute, type, w, out, in);
          requireBlock(m, exact, row, rows, col, cols, gap);
        }
      }
    }
  }

  private static void requireBlock(
      FrozenMatrix m, float[] w, int row, int rows, int col, int cols, int gap) {
    assertEquals(w.length, m.out() * m.in());
    int width = rows + gap;
    float[] expected = new float[AT + cols * width + 1];
    Arrays.fill(expected, UNTOUCHED);
    for (int i = 0; i < cols * width; i++) {
      int r = i % width;
      expected[AT + i] = r < rows ? w[(row + r) * m.in() + col + i / width] : 0f;
    }
    float[] panel = new float[expected.length];
    Arrays.fill(panel, UNTOUCHED);
    m.decodePanel(row, rows, col, cols, panel, AT, width);
    assertArrayEquals(expected, panel, 0f, m.getClass() + " panel");
    width = cols + gap;
    expected = new float[AT + rows * width + 1];
    Arrays.fill(expected, UNTOUCHED);
    for (int i = 0; i < rows * width; i++) {
      int c = i % width;
      expected[AT + i] = c < cols ? w[(row + i / width) * m.in() + col + c] : 0f;
    }
    float[] lines = new float[expected.length];
    Arrays.fill(lines, UNTOUCHED);
    m.decodeRows(row, rows, col, cols, lines, AT, width);
    assertArrayEquals(expected, lines, 0f, m.getClass() + " rows");
    float[] line = new float[m.in() + 2];
    m.decodeRow(row, line, 2);
    assertArrayEquals(
        Arrays.copyOfRange(w, row * m.in(), (row + 1) * m.in()),
        Arrays.copyOfRange(line, 2, line.length),
        0f,
        m.getClass() + " row");
  }

  @Test
  void tooFewWeights() {
    assertThrows(IllegalArgumentException.class, () -> DenseMatrix.pack(new float[5], 2, 3, 16));
  }
}
