package io.github.lora4j.linalg;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ThinQrTest {
  /** QR is the part of M in the span of its first columns: orthogonal to what is left. */
  @ParameterizedTest
  @CsvSource({"5, 9, 3", "9, 5, 5", "6, 6, 6", "1, 4, 1", "4, 1, 1", "7, 7, 2"})
  void decomposes(int rows, int cols, int rank) {
    Random random = new Random(rows);
    float[] m = new float[rows * cols];
    for (int i = 0; i < m.length; i++) {
      m[i] = (float) random.nextGaussian();
    }
    ThinQr qr = ThinQr.of(m, rows, cols, rank);
    for (int i = 0; i < rank; i++) {
      for (int j = 0; j < rank; j++) {
        double dot = 0;
        for (int row = 0; row < rows; row++) {
          dot += qr.q()[row * rank + i] * qr.q()[row * rank + j];
        }
        assertEquals(i == j ? 1 : 0, dot, 1e-12);
      }
      for (int c = 0; c < i; c++) {
        assertEquals(0, qr.r()[i * cols + c]);
      }
      for (int c = 0; c < cols; c++) {
        double along = 0;
        for (int row = 0; row < rows; row++) {
          along += qr.q()[row * rank + i] * left(m, cols, qr, row, c);
        }
        assertEquals(0, along, 1e-12);
      }
    }
    for (int row = 0; row < rows; row++) {
      for (int c = 0; c < rank; c++) {
        assertEquals(0, left(m, cols, qr, row, c), 1e-12);
      }
    }
  }

  private static double left(float[] m, int cols, ThinQr qr, int row, int c) {
    double left = m[row * cols + c];
    for (int k = 0; k < qr.rank(); k++) {
      left -= qr.q()[row * qr.rank() + k] * qr.r()[k * cols + c];
    }
    return left;
  }

  @ParameterizedTest
  @CsvSource({"2, 3, 0", "2, 3, 3", "3, 3, 1"})
  void refusesRanksAndLengths(int rows, int cols, int rank) {
    assertThrows(IllegalArgumentException.class, () -> ThinQr.of(new float[6], rows, cols, rank));
  }
}
