package io.github.lora4j.compute;

/**
 * Transposition of parts of matrices: element (r, c) of the source goes to (c, r) of the target.
 * Eight rows at a time, so that what is written together lies together.
 */
final class Transpose {
  private static final int ROWS = 8;

  private Transpose() {}

  /** {@code to[toOffset + c * toStride + r] = from[offset + r * stride + c]}. */
  static void copy(
      float[] from,
      int offset,
      int stride,
      int rows,
      int cols,
      float[] to,
      int toOffset,
      int toStride) {
    int r = 0;
    for (; r + ROWS <= rows; r += ROWS) {
      int f0 = offset + r * stride;
      int f1 = f0 + stride;
      int f2 = f1 + stride;
      int f3 = f2 + stride;
      int f4 = f3 + stride;
      int f5 = f4 + stride;
      int f6 = f5 + stride;
      int f7 = f6 + stride;
      for (int c = 0, t = toOffset + r; c < cols; c++, t += toStride) {
        to[t] = from[f0 + c];
        to[t + 1] = from[f1 + c];
        to[t + 2] = from[f2 + c];
        to[t + 3] = from[f3 + c];
        to[t + 4] = from[f4 + c];
        to[t + 5] = from[f5 + c];
        to[t + 6] = from[f6 + c];
        to[t + 7] = from[f7 + c];
      }
    }
    for (; r < rows; r++) {
      for (int c = 0; c < cols; c++) {
        to[toOffset + c * toStride + r] = from[offset + r * stride + c];
      }
    }
  }

  /** {@code to[toOffset + c * toStride + r] += from[offset + r * stride + c]}. */
  static void add(
      float[] from,
      int offset,
      int stride,
      int rows,
      int cols,
      float[] to,
      int toOffset,
      int toStride) {
    int r = 0;
    for (; r + ROWS <= rows; r += ROWS) {
      int f0 = offset + r * stride;
      int f1 = f0 + stride;
      int f2 = f1 + stride;
      int f3 = f2 + stride;
      int f4 = f3 + stride;
      int f5 = f4 + stride;
      int f6 = f5 + stride;
      int f7 = f6 + stride;
      for (int c = 0, t = toOffset + r; c < cols; c++, t += toStride) {
        to[t] += from[f0 + c];
        to[t + 1] += from[f1 + c];
        to[t + 2] += from[f2 + c];
        to[t + 3] += from[f3 + c];
        to[t + 4] += from[f4 + c];
        to[t + 5] += from[f5 + c];
        to[t + 6] += from[f6 + c];
        to[t + 7] += from[f7 + c];
      }
    }
    for (; r < rows; r++) {
      for (int c = 0; c < cols; c++) {
        to[toOffset + c * toStride + r] += from[offset + r * stride + c];
      }
    }
  }
}
