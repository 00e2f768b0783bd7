package io.github.lora4j.compute;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.github.lora4j.tensor.DenseMatrix;
import io.github.lora4j.tensor.FrozenMatrix;
import java.util.Arrays;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

/** Every storage format decodes any block of itself as the interface says. */
class FrozenMatrixTest {
  private static final float UNTOUCHED = 1e9f;

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
  }

  private static void requireBlock(
      FrozenMatrix m, float[] w, int row, int rows, int col, int cols, int gap) {
    assertEquals(w.length, m.out() * m.in());
    int width = rows + gap;
    float[] panel = new float[cols * width + 1];
    float[] columns = panel.clone();
    Arrays.fill(panel, UNTOUCHED);
    Arrays.fill(columns, UNTOUCHED);
    float[] expectedPanel = panel.clone();
    float[] expectedColumns = columns.clone();
    for (int c = 0; c < cols; c++) {
      for (int r = 0; r < width; r++) {
        float value = r < rows ? w[(row + r) * m.in() + col + c] : 0f;
        expectedPanel[c * width + r] = value;
        expectedColumns[c * width + r] = r < rows ? value : UNTOUCHED;
      }
    }
    m.decodePanel(row, rows, col, cols, panel, width);
    assertArrayEquals(expectedPanel, panel, 0f, m.getClass() + " panel");
    m.decodeColumns(row, rows, col, cols, columns, width);
    assertArrayEquals(expectedColumns, columns, 0f, m.getClass() + " columns");
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
