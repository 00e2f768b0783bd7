package io.github.lora4j.models.weights;

import java.nio.ByteBuffer;

/** Transposes row-major matrices. Stateless. */
public final class Transpose {

  // A tile of 32 x 32 floats stays in the first-level cache.
  private static final int TILE = 32;

  private Transpose() {}

  /** The transposed copy of a matrix with this many columns. */
  public static float[] floats(float[] from, int columns) {
    int rows = columns == 0 ? 0 : from.length / columns;
    float[] to = new float[from.length];
    for (int r0 = 0; r0 < rows; r0 += TILE) {
      int r1 = Math.min(rows, r0 + TILE);
      for (int c0 = 0; c0 < columns; c0 += TILE) {
        int c1 = Math.min(columns, c0 + TILE);
        for (int c = c0; c < c1; c++) {
          for (int r = r0; r < r1; r++) {
            to[c * rows + r] = from[r * columns + c];
          }
        }
      }
    }
    return to;
  }

  /** The transposed copy of a matrix of elements of {@code size} bytes. */
  public static ByteBuffer bytes(ByteBuffer from, int columns, int size) {
    int rows = columns == 0 ? 0 : from.limit() / size / columns;
    ByteBuffer to = ByteBuffer.allocate(from.limit());
    for (int r = 0; r < rows; r++) {
      for (int c = 0; c < columns; c++) {
        to.put((c * rows + r) * size, from, (r * columns + c) * size, size);
      }
    }
    return to;
  }
}
