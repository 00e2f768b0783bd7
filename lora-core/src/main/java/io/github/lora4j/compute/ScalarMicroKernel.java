package io.github.lora4j.compute;

/** Plain Java: long inner loops over a panel, which the JIT turns into vector instructions. */
final class ScalarMicroKernel implements MicroKernel {
  private static final int WIDTH = 64;

  @Override
  public int rows() {
    return 6;
  }

  @Override
  public int width() {
    return WIDTH;
  }

  @Override
  public void tile(
      float[] x,
      int x0,
      int ldx,
      int rows,
      float[] p,
      int po,
      int depth,
      float[] c,
      int co,
      int ldc,
      float[] init,
      int io,
      int ldi) {
    for (int i = 0; i < rows; i++) {
      int xi = x0 + i * ldx;
      int ci = co + i * ldc;
      System.arraycopy(init, io + i * ldi, c, ci, WIDTH);
      int k = 0;
      for (; k + 4 <= depth; k += 4) {
        axpy4(x[xi + k], x[xi + k + 1], x[xi + k + 2], x[xi + k + 3], p, po + k * WIDTH, c, ci);
      }
      for (; k < depth; k++) {
        axpy(x[xi + k], p, po + k * WIDTH, c, ci);
      }
    }
  }

  private static void axpy4(
      float v0, float v1, float v2, float v3, float[] p, int po, float[] c, int ci) {
    for (int j = 0; j < WIDTH; j++) {
      c[ci + j] +=
          v0 * p[po + j]
              + v1 * p[po + WIDTH + j]
              + v2 * p[po + 2 * WIDTH + j]
              + v3 * p[po + 3 * WIDTH + j];
    }
  }

  private static void axpy(float v, float[] p, int po, float[] c, int ci) {
    for (int j = 0; j < WIDTH; j++) {
      c[ci + j] += v * p[po + j];
    }
  }
}
