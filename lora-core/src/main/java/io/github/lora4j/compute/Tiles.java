package io.github.lora4j.compute;

import java.util.Arrays;

/**
 * One panel of weights against packed rows of activations, tile by tile, on one thread. Thread-safe
 * but for the scratch tile, which belongs to a call.
 */
final class Tiles {
  private final MicroKernel kernel;
  private final Kernels kernels;
  private final int tall;
  private final int wide;

  Tiles(MicroKernel kernel, Kernels kernels) {
    this.kernel = kernel;
    this.kernels = kernels;
    this.tall = kernel.rows();
    this.wide = kernel.width();
  }

  /** Rows of a tile. */
  int tall() {
    return tall;
  }

  /** Columns of a tile. */
  int wide() {
    return wide;
  }

  /**
   * Packs rows {@code [firstPanel * tall(), endPanel * tall())} of the left side, as far as there
   * are so many, into panels one after the other.
   *
   * @param a element k of row i is {@code a[ao + i * next + k * step]}
   * @param rows how many there are in all
   * @param alpha a factor for all elements
   */
  void pack(
      float[] a,
      int ao,
      int next,
      int step,
      int rows,
      int depth,
      float alpha,
      float[] to,
      int firstPanel,
      int endPanel) {
    int size = tall * depth;
    for (int p = firstPanel; p < endPanel; p++) {
      int count = Math.min(tall, rows - p * tall);
      kernels.pack(a, ao + p * tall * next, next, step, count, depth, to, p * size, tall);
    }
    for (int i = firstPanel * size; alpha != 1f && i < endPanel * size; i++) {
      to[i] *= alpha;
    }
  }

  /** Elements of a scratch tile. */
  int scratch() {
    return tall * wide;
  }

  /**
   * @param a panels of {@link #tall()} rows, the first at {@code ao}, the others {@code next} apart
   * @param p the panel of weights, from {@code po} on, each step of the depth {@code ldp} from the
   *     last
   * @param c row-major, the result's first element at {@code co}, rows {@code ldc} apart
   * @param cols columns that are written, at most {@link #wide()}
   * @param start what the sums start from, {@link #wide()} elements for every row; null: {@code c}
   */
  void multiply(
      float[] a,
      int ao,
      int next,
      int rows,
      float[] p,
      int po,
      int ldp,
      int depth,
      float[] c,
      int co,
      int ldc,
      int cols,
      float[] start,
      float[] scratch) {
    int at = ao;
    for (int i = 0; i < rows; i += tall, at += next) {
      int to = co + i * ldc;
      int count = Math.min(tall, rows - i);
      if (count < tall || cols < wide) {
        partial(a, at, count, p, po, ldp, depth, c, to, ldc, cols, start, scratch);
      } else if (start == null) {
        kernel.tile(a, at, p, po, ldp, depth, c, to, ldc, c, to, ldc);
      } else {
        kernel.tile(a, at, p, po, ldp, depth, c, to, ldc, start, 0, 0);
      }
    }
  }

  /** A tile that is not full goes through scratch, summed up in the same order as a full one. */
  private void partial(
      float[] a,
      int ao,
      int rows,
      float[] p,
      int po,
      int ldp,
      int depth,
      float[] c,
      int co,
      int ldc,
      int cols,
      float[] start,
      float[] scratch) {
    if (start != null) {
      kernel.tile(a, ao, p, po, ldp, depth, scratch, 0, wide, start, 0, 0);
    } else {
      Arrays.fill(scratch, 0, tall * wide, 0f);
      for (int i = 0; i < rows; i++) {
        System.arraycopy(c, co + i * ldc, scratch, i * wide, cols);
      }
      kernel.tile(a, ao, p, po, ldp, depth, scratch, 0, wide, scratch, 0, wide);
    }
    for (int i = 0; i < rows; i++) {
      System.arraycopy(scratch, i * wide, c, co + i * ldc, cols);
    }
  }
}
