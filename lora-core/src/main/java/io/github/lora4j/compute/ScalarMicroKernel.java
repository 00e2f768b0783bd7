package io.github.lora4j.compute;

/** Plain Java: long inner loops over a panel, which the JIT turns into vector instructions. */
final class ScalarMicroKernel implements MicroKernel {
  private static final int ROWS = 4;
  private static final int WIDTH = 64;

  @Override
  public int rows() {
    return ROWS;
  }

  @Override
  public int width() {
    return WIDTH;
  }

  @Override
  public void tile(
      float[] a,
      int ao,
      float[] p,
      int po,
      int ldp,
      int depth,
      float[] c,
      int co,
      int ldc,
      float[] init,
      int io,
      int ldi) {
    for (int i = 0; i < ROWS; i++) {
      int ci = co + i * ldc;
      System.arraycopy(init, io + i * ldi, c, ci, WIDTH);
      int k = 0;
      for (int ai = ao + i; k + 4 <= depth; k += 4, ai += 4 * ROWS) {
        axpy4(a[ai], a[ai + ROWS], a[ai + 2 * ROWS], a[ai + 3 * ROWS], p, po + k * ldp, ldp, c, ci);
      }
      for (; k < depth; k++) {
        axpy(a[ao + k * ROWS + i], p, po + k * ldp, c, ci);
      }
    }
  }

  private static void axpy4(
      float v0, float v1, float v2, float v3, float[] p, int po, int ldp, float[] c, int ci) {
    for (int j = 0; j < WIDTH; j++) {
      c[ci + j] +=
          v0 * p[po + j]
              + v1 * p[po + ldp + j]
              + v2 * p[po + 2 * ldp + j]
              + v3 * p[po + 3 * ldp + j];
    }
  }

  private static void axpy(float v, float[] p, int po, float[] c, int ci) {
    for (int j = 0; j < WIDTH; j++) {
      c[ci + j] += v * p[po + j];
    }
  }
}
