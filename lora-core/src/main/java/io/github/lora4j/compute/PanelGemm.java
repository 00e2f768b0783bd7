package io.github.lora4j.compute;

import io.github.lora4j.tensor.DenseMatrix;
import io.github.lora4j.tensor.FrozenMatrix;
import java.util.Arrays;

/**
 * The blocked driver for every weight format: rows of activations against panels of weights. Dense
 * weights are read where they lie, any other format is decoded panel by panel into a scratch buffer
 * that stays in the cache while all rows pass over it.
 *
 * <p>The backward product needs no second copy of the weights: the activations take the part of the
 * panels, and weights are copied out block by block as the rows.
 */
final class PanelGemm implements Gemm {
  /** Depth of a panel that stays in the first-level cache. */
  private static final int DEPTH = 384;

  /** Rows of activations that stay in the second-level cache. */
  private static final int ROW_BLOCK = 240;

  /** Columns of the input gradient that one task computes. */
  private static final int COLUMN_BLOCK = 48;

  private final String name;
  private final MicroKernel kernel;
  private final int tileRows;
  private final int width;
  private final FloatBuffers buffers;
  private final StridedGemm strided;

  PanelGemm(String name, MicroKernel kernel, FloatBuffers buffers) {
    this.name = name;
    this.kernel = kernel;
    this.tileRows = kernel.rows();
    this.width = kernel.width();
    this.buffers = buffers;
    this.strided = new StridedGemm(kernel, buffers);
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public FrozenMatrix dense(float[] w, int out, int in) {
    return DenseMatrix.pack(w, out, in, width);
  }

  @Override
  public void forward(
      WorkerPool pool, float[] x, int rows, FrozenMatrix w, float[] bias, float[] y) {
    int panels = (w.out() + width - 1) / width;
    int tasks = Math.min(panels, pool.threads() == 1 ? 1 : pool.threads() * 4);
    pool.forEach(
        tasks,
        task -> {
          int from = panels * task / tasks;
          int to = panels * (task + 1) / tasks;
          forwardPanels(x, rows, w, bias, y, from, to);
        });
  }

  private void forwardPanels(
      float[] x, int rows, FrozenMatrix w, float[] bias, float[] y, int from, int to) {
    int out = w.out();
    int in = w.in();
    float[] inPlace = inPlace(w);
    float[] scratch = inPlace == null ? buffers.borrow(Math.min(in, DEPTH) * width) : null;
    float[] start = buffers.borrow(width);
    float[] tile = buffers.borrow(tileRows * width);
    for (int k0 = 0; k0 < in; k0 += DEPTH) {
      int depth = Math.min(DEPTH, in - k0);
      for (int r0 = 0; r0 < rows; r0 += ROW_BLOCK) {
        int rowEnd = Math.min(rows, r0 + ROW_BLOCK);
        for (int p = from; p < to; p++) {
          int col = p * width;
          int cols = Math.min(width, out - col);
          float[] panel = inPlace;
          int po = (p * in + k0) * width;
          if (inPlace == null) {
            w.decodePanel(col, cols, k0, depth, scratch, width);
            panel = scratch;
            po = 0;
          }
          startValues(bias, col, cols, start);
          for (int r = r0; r < rowEnd; r += tileRows) {
            int count = Math.min(tileRows, rowEnd - r);
            int yo = r * out + col;
            if (count == tileRows && cols == width) {
              if (k0 == 0) {
                kernel.tile(x, r * in, in, tileRows, panel, po, depth, y, yo, out, start, 0, 0);
              } else {
                kernel.tile(x, r * in + k0, in, tileRows, panel, po, depth, y, yo, out, y, yo, out);
              }
            } else {
              edge(
                  x,
                  r * in + k0,
                  in,
                  count,
                  panel,
                  po,
                  depth,
                  y,
                  yo,
                  out,
                  cols,
                  k0 == 0 ? start : null,
                  tile);
            }
          }
        }
      }
    }
    buffers.release(tile);
    buffers.release(start);
    if (scratch != null) {
      buffers.release(scratch);
    }
  }

  private void startValues(float[] bias, int col, int cols, float[] start) {
    if (bias == null) {
      Arrays.fill(start, 0, width, 0f);
      return;
    }
    System.arraycopy(bias, col, start, 0, cols);
    Arrays.fill(start, cols, width, 0f);
  }

  /** A tile that is not full goes through a scratch tile. */
  private void edge(
      float[] x,
      int xo,
      int ldx,
      int count,
      float[] panel,
      int po,
      int depth,
      float[] y,
      int yo,
      int ldy,
      int cols,
      float[] start,
      float[] tile) {
    if (start != null) {
      kernel.tile(x, xo, ldx, count, panel, po, depth, tile, 0, width, start, 0, 0);
    } else {
      for (int i = 0; i < count; i++) {
        System.arraycopy(y, yo + i * ldy, tile, i * width, cols);
      }
      kernel.tile(x, xo, ldx, count, panel, po, depth, tile, 0, width, tile, 0, width);
    }
    for (int i = 0; i < count; i++) {
      System.arraycopy(tile, i * width, y, yo + i * ldy, cols);
    }
  }

  @Override
  public void backward(
      WorkerPool pool, float[] dy, int rows, FrozenMatrix w, float[] dx, boolean accumulate) {
    int out = w.out();
    int in = w.in();
    int rowPanels = (rows + width - 1) / width;
    float[] packed = buffers.borrow(rowPanels * width * out);
    pool.forRanges(rowPanels, 1, (from, to) -> packRows(dy, rows, out, from, to, packed));
    int tasks = (in + COLUMN_BLOCK - 1) / COLUMN_BLOCK;
    pool.forEach(
        tasks,
        task -> {
          int col = task * COLUMN_BLOCK;
          backwardColumns(
              packed, rowPanels, rows, w, col, Math.min(COLUMN_BLOCK, in - col), dx, accumulate);
        });
    buffers.release(packed);
  }

  /** Panel p holds, for each column of {@code dy}, the values of rows {@code p * width ...}. */
  private void packRows(float[] dy, int rows, int out, int from, int to, float[] packed) {
    for (int p = from; p < to; p++) {
      int base = p * width * out;
      int count = Math.min(width, rows - p * width);
      Transpose.copy(dy, p * width * out, out, count, out, packed, base, width);
      for (int c = 0; count < width && c < out; c++) {
        Arrays.fill(packed, base + c * width + count, base + (c + 1) * width, 0f);
      }
    }
  }

  private void backwardColumns(
      float[] packed,
      int rowPanels,
      int rows,
      FrozenMatrix w,
      int col,
      int cols,
      float[] dx,
      boolean accumulate) {
    int out = w.out();
    int in = w.in();
    int ldt = rowPanels * width;
    int padded = (cols + tileRows - 1) / tileRows * tileRows;
    float[] block = buffers.borrow((Math.min(out, DEPTH) + width) * cols);
    float[] transposed = buffers.borrow(padded * ldt);
    float[] zero = buffers.borrow(width);
    Arrays.fill(zero, 0, width, 0f);
    for (int n0 = 0; n0 < out; n0 += DEPTH) {
      int depth = Math.min(DEPTH, out - n0);
      int ldb = (depth + width - 1) / width * width;
      copyColumns(w, n0, depth, col, cols, block, ldb);
      for (int p = 0; p < rowPanels; p++) {
        int po = (p * out + n0) * width;
        for (int k = 0; k < cols; k += tileRows) {
          int to = k * ldt + p * width;
          int count = Math.min(tileRows, cols - k);
          if (n0 == 0) {
            kernel.tile(
                block, k * ldb, ldb, count, packed, po, depth, transposed, to, ldt, zero, 0, 0);
          } else {
            kernel.tile(
                block,
                k * ldb,
                ldb,
                count,
                packed,
                po,
                depth,
                transposed,
                to,
                ldt,
                transposed,
                to,
                ldt);
          }
        }
      }
    }
    storeTransposed(transposed, ldt, rows, cols, dx, col, in, accumulate);
    buffers.release(zero);
    buffers.release(transposed);
    buffers.release(block);
  }

  /** Rows {@code [row, row + rows)} of some columns, each column in one piece of the block. */
  private void copyColumns(
      FrozenMatrix w, int row, int rows, int col, int cols, float[] block, int ldb) {
    float[] panels = inPlace(w);
    if (panels == null) {
      w.decodeColumns(row, rows, col, cols, block, ldb);
      return;
    }
    for (int r = 0; r < rows; r += width) {
      int from = ((row + r) * w.in()) + col * width;
      kernel.copyColumns(panels, from, cols, block, r, ldb);
    }
  }

  /** The panels of a matrix that lies as this driver reads it, or null. */
  private float[] inPlace(FrozenMatrix w) {
    return w instanceof DenseMatrix dense && dense.width() == width ? dense.panels() : null;
  }

  private static void storeTransposed(
      float[] transposed,
      int ldt,
      int rows,
      int cols,
      float[] dx,
      int col,
      int in,
      boolean accumulate) {
    if (accumulate) {
      Transpose.add(transposed, 0, ldt, cols, rows, dx, col, in);
    } else {
      Transpose.copy(transposed, 0, ldt, cols, rows, dx, col, in);
    }
  }

  @Override
  public void nt(
      WorkerPool pool,
      int m,
      int n,
      int k,
      float alpha,
      float[] a,
      float[] b,
      float[] c,
      boolean accumulate) {
    pool.forRanges(
        m,
        64,
        (from, to) ->
            strided.nt(
                to - from, n, k, alpha, a, from * k, k, b, 0, k, c, from * n, n, accumulate));
  }

  @Override
  public void nn(
      WorkerPool pool,
      int m,
      int n,
      int k,
      float alpha,
      float[] a,
      float[] b,
      float[] c,
      boolean accumulate) {
    pool.forRanges(
        m,
        64,
        (from, to) ->
            strided.nn(
                to - from, n, k, alpha, a, from * k, k, b, 0, n, c, from * n, n, accumulate));
  }

  @Override
  public void tn(
      WorkerPool pool,
      int m,
      int n,
      int k,
      float alpha,
      float[] a,
      float[] b,
      float[] c,
      boolean accumulate) {
    if (n >= m) {
      pool.forRanges(
          n,
          64,
          (from, to) ->
              strided.tn(m, to - from, k, alpha, a, 0, m, b, from, n, c, from, n, accumulate));
      return;
    }
    // The wider matrix goes into the panels, as it stands; the small result is turned.
    float[] turned = buffers.borrow(m * n);
    tn(pool, n, m, k, alpha, b, a, turned, false);
    if (accumulate) {
      Transpose.add(turned, 0, m, n, m, c, 0, n);
    } else {
      Transpose.copy(turned, 0, m, n, m, c, 0, n);
    }
    buffers.release(turned);
  }
}
