package io.github.lora4j.linalg;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.ejml.data.DMatrixRMaj;
import org.ejml.dense.row.CommonOps_DDRM;
import org.ejml.dense.row.RandomMatrices_DDRM;
import org.ejml.dense.row.factory.DecompositionFactory_DDRM;
import org.ejml.interfaces.decomposition.SingularValueDecomposition_F64;
import org.junit.jupiter.api.Test;

/** Against EJML's full decomposition, which takes another way. */
class TruncatedSvdTest {
  private static float[] random(long seed, int count, double scale) {
    Random random = new Random(seed);
    float[] values = new float[count];
    for (int i = 0; i < count; i++) {
      values[i] = (float) (scale * random.nextGaussian());
    }
    return values;
  }

  /** All singular values, descending. */
  private static double[] reference(float[] m, int rows, int cols) {
    DMatrixRMaj copy = new DMatrixRMaj(rows, cols);
    for (int i = 0; i < m.length; i++) {
      copy.data[i] = m[i];
    }
    SingularValueDecomposition_F64<DMatrixRMaj> svd =
        DecompositionFactory_DDRM.svd(rows, cols, false, false, true);
    assertTrue(svd.decompose(copy));
    double[] values = svd.getSingularValues().clone();
    Arrays.sort(values);
    double[] descending = new double[Math.min(rows, cols)];
    for (int i = 0; i < descending.length; i++) {
      descending[i] = values[values.length - 1 - i];
    }
    return descending;
  }

  /** The values, orthonormal vectors, and Eckart-Young: nothing of this rank is nearer. */
  private static void check(float[] m, int rows, int cols, TruncatedSvd svd, double tolerance) {
    double[] s = reference(m, rows, cols);
    int rank = svd.rank();
    double rest = 0;
    for (int i = 0; i < s.length; i++) {
      if (i < rank) {
        assertEquals(s[i], svd.s()[i], tolerance * s[0]);
      } else {
        rest += s[i] * s[i];
      }
    }
    double error = 0;
    for (int r = 0; r < rows; r++) {
      for (int c = 0; c < cols; c++) {
        double near = 0;
        for (int k = 0; k < rank; k++) {
          near += svd.u()[r * rank + k] * svd.s()[k] * svd.vt()[k * cols + c];
        }
        error += Math.pow(m[r * cols + c] - near, 2);
      }
    }
    assertEquals(Math.sqrt(rest), Math.sqrt(error), tolerance * s[0]);
    for (int i = 0; i < rank; i++) {
      for (int j = 0; j < rank; j++) {
        double u = 0;
        double v = 0;
        for (int r = 0; r < rows; r++) {
          u += svd.u()[r * rank + i] * svd.u()[r * rank + j];
        }
        for (int c = 0; c < cols; c++) {
          v += svd.vt()[i * cols + c] * svd.vt()[j * cols + c];
        }
        assertEquals(i == j ? 1 : 0, u, 1e-9);
        assertEquals(i == j ? 1 : 0, v, 1e-7);
      }
    }
  }

  @Property(tries = 60)
  void theBestApproximation(
      @ForAll @IntRange(min = 1, max = 60) int rows,
      @ForAll @IntRange(min = 1, max = 60) int cols,
      @ForAll @IntRange(max = 59) int rankSeed,
      @ForAll @IntRange(min = -30, max = 30) int exponent,
      @ForAll long seed) {
    float[] m = random(seed, rows * cols, Math.pow(10, exponent));
    int rank = 1 + rankSeed % Math.min(rows, cols);
    check(m, rows, cols, TruncatedSvd.of(m, rows, cols, rank), 1e-9);
  }

  /** The way for large matrices, on one whose values lie as close as those of noise do. */
  @Test
  void krylovSpacesFindTheSame() {
    float[] m = random(1, 300 * 400, 1);
    for (int rank : new int[] {1, 4, 8}) {
      DMatrixRMaj wide = new DMatrixRMaj(300, 400);
      for (int i = 0; i < m.length; i++) {
        wide.data[i] = m[i];
      }
      DMatrixRMaj all = GramEigenvectors.top(wide, rank);
      DMatrixRMaj found = BlockKrylov.top(wide, rank);
      DMatrixRMaj cosines = new DMatrixRMaj(rank, rank);
      CommonOps_DDRM.multTransA(all, found, cosines);
      for (int i = 0; i < rank; i++) {
        assertEquals(1, Math.abs(cosines.get(i, i)), 1e-10, "vector " + i + " of " + rank);
      }
    }
  }

  /**
   * A matrix above the limit goes through a Krylov space; repeated values come with all vectors.
   */
  @Test
  void aLargeMatrixWithRepeatedValues() {
    int n = TruncatedSvd.ALL + 6;
    int known = 40;
    double[] values = new double[known];
    for (int i = 0; i < known; i++) {
      values[i] = i < 3 ? 9 : i < 23 ? 5 : 4 - i * 0.05;
    }
    DMatrixRMaj u = RandomMatrices_DDRM.orthogonal(n, known, new Random(1));
    DMatrixRMaj v = RandomMatrices_DDRM.orthogonal(n, known, new Random(2));
    DMatrixRMaj scaled = u.copy();
    CommonOps_DDRM.multCols(scaled, values);
    DMatrixRMaj product = new DMatrixRMaj(n, n);
    CommonOps_DDRM.multTransB(scaled, v, product);
    float[] m = new float[n * n];
    for (int i = 0; i < m.length; i++) {
      m[i] = (float) product.data[i];
    }
    for (int rank : new int[] {5, 28}) {
      TruncatedSvd svd = TruncatedSvd.of(m, n, n, rank);
      for (int i = 0; i < rank; i++) {
        assertEquals(values[i], svd.s()[i], 1e-5, "value " + i + " of " + rank);
      }
    }
    assertEquals(TruncatedSvd.of(m, n, n, 5), TruncatedSvd.of(m, n, n, 5), "the same bits");
  }

  /** Twenty equal values are more than a block of twelve holds. */
  @Test
  void vectorsThatWereMissedAreFound() {
    int n = 150;
    DMatrixRMaj wide = RandomMatrices_DDRM.orthogonal(n, n, new Random(3));
    double[] values = new double[n];
    for (int i = 0; i < n; i++) {
      values[i] = i < 20 ? 5 : 4.0 * (n - i) / n;
    }
    CommonOps_DDRM.multRows(values, wide);
    DMatrixRMaj top = GramEigenvectors.top(wide, 26);
    assertFalse(BlockKrylov.missed(wide, top, 12));
    DMatrixRMaj some = CommonOps_DDRM.extract(top, 0, n, 0, 12);
    DMatrixRMaj lower = CommonOps_DDRM.extract(top, 0, n, 20, 26);
    assertTrue(BlockKrylov.missed(wide, CommonOps_DDRM.concatColumns(some, lower, null), 12));
  }

  @Test
  void valuesThatAreZero() {
    TruncatedSvd none = TruncatedSvd.of(new float[12], 4, 3, 2);
    assertArrayEquals(new double[2], none.s());
    assertArrayEquals(new double[] {1, 0, 0, 1, 0, 0, 0, 0}, none.u());
    float[] m = new float[20 * 30];
    for (int i = 0; i < m.length; i++) {
      m[i] = (1 + i / 30) * (2 + i % 30);
    }
    TruncatedSvd one = TruncatedSvd.of(m, 20, 30, 3);
    assertEquals(reference(m, 20, 30)[0], one.s()[0], 1e-6);
    assertArrayEquals(new double[] {0, 0}, new double[] {one.s()[1], one.s()[2]});
  }

  @Test
  void refusesWhatDoesNotFit() {
    float[] m = random(1, 12, 1);
    for (int rank : new int[] {0, 4, -1}) {
      var e = assertThrows(IllegalArgumentException.class, () -> TruncatedSvd.of(m, 3, 4, rank));
      assertTrue(e.getMessage().contains("rank " + rank), e.getMessage());
    }
    assertThrows(IllegalArgumentException.class, () -> TruncatedSvd.of(m, 3, 5, 1));
    m[5] = Float.NaN;
    assertThrows(IllegalArgumentException.class, () -> TruncatedSvd.of(m, 3, 4, 1));
  }
}
