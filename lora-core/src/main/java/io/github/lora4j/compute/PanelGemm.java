package io.github.lora4j.compute;

import io.github.lora4j.tensor.DenseMatrix;
import io.github.lora4j.tensor.FrozenMatrix;
import io.github.lora4j.tensor.Panels;
import java.util.Arrays;
import java.util.List;

/**
 * The blocked driver for every product: panels of a few rows of the left side against panels of
 * some columns of the right side. Dense weights are read where they lie; those of any other format,
 * and all weights in the backward product, are decoded panel by panel into a scratch buffer that
 * stays in the cache while all rows pass over it.
 */
final class PanelGemm implements Gemm {
  /**
   * Depth of a panel. Panels come from the second-level cache in time, and fewer blocks mean fewer
   * passes over the result.
   */
  private static final int DEPTH = 768;

  /** Tiles that pass over a part of a row-major right side, above which it is packed before. */
  private static final int WORTH_PACKING = 2;

  private static final int TASKS_PER_THREAD = 4;

  private final String name;
  private final Kernels kernels;
  private final Tiles tiles;
  private final int tall;
  private final int wide;
  private final FloatBuffers buffers;

  PanelGemm(String name, MicroKernel kernel, Kernels kernels, FloatBuffers buffers) {
    this.name = name;
    this.kernels = kernels;
    this.tiles = new Tiles(kernel, kernels);
    this.tall = tiles.tall();
    this.wide = tiles.wide();
    this.buffers = buffers;
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public FrozenMatrix dense(float[] w, int out, int in) {
    return DenseMatrix.pack(w, out, in, wide);
  }

  @Override
  public void forward(
      WorkerPool pool, float[] x, int rows, FrozenMatrix w, float[] bias, float[] y) {
    forwardAll(pool, x, rows, List.of(new Product(w, bias, y)));
  }

  @Override
  public void forwardAll(WorkerPool pool, float[] x, int rows, List<Product> products) {
    if (FewRowsProduct.forwardAll(pool, x, rows, products)) {
      return;
    }
    boolean few = products.stream().anyMatch(p -> FewRowsProduct.takes(p.w(), rows));
    if (few && products.size() > 1) {
      products.forEach(product -> forwardAll(pool, x, rows, List.of(product)));
    } else {
      forward(pool, x, rows, products, false);
    }
  }

  @Override
  public void forwardBeside(
      WorkerPool pool,
      float[] x,
      int rows,
      FrozenMatrix w,
      float[] bias,
      float[] y,
      Runnable beside) {
    List<Product> product = List.of(new Product(w, bias, y));
    if (!FewRowsProduct.forwardBeside(pool, x, rows, product, beside)) {
      beside.run();
      forward(pool, x, rows, product, false);
    }
  }

  @Override
  public void addForward(WorkerPool pool, float[] x, int rows, FrozenMatrix w, float[] y) {
    forward(pool, x, rows, List.of(new Product(w, null, y)), true);
  }

  /** Packs x once for all products. */
  private void forward(
      WorkerPool pool, float[] x, int rows, List<Product> products, boolean accumulate) {
    if (products.isEmpty()) {
      return;
    }
    int in = products.get(0).w().in();
    float[] left = packLeft(pool, x, in, 1, rows, in, 1f);
    for (Product product : products) {
      FrozenMatrix w = product.w();
      float[] panels = inPlace(w);
      Source source =
          panels != null
              ? packed(panels, in)
              : decoded(
                  (col, cols, k, depth, to, at) ->
                      w.decodePanel(col, cols, k, depth, to, at, wide));
      multiply(pool, left, rows, in, source, w.out(), product.bias(), product.y(), accumulate);
    }
    buffers.release(left);
  }

  @Override
  public void backward(
      WorkerPool pool, float[] dy, int rows, FrozenMatrix w, float[] dx, boolean accumulate) {
    int out = w.out();
    Source source =
        decoded(
            w instanceof DenseMatrix dense
                ? (col, cols, k, depth, to, at) ->
                    dense.decodeRows(kernels::pack, k, depth, col, cols, to, at, wide)
                : (col, cols, k, depth, to, at) -> w.decodeRows(k, depth, col, cols, to, at, wide));
    float[] left = packLeft(pool, dy, out, 1, rows, out, 1f);
    multiply(pool, left, rows, out, source, w.in(), null, dx, accumulate);
    buffers.release(left);
  }

  /** The panels of a matrix that lies as this driver reads it, or null. */
  private float[] inPlace(FrozenMatrix w) {
    return w instanceof DenseMatrix dense && dense.width() == wide ? dense.panels() : null;
  }

  @Override
  public void product(
      WorkerPool pool,
      int m,
      int n,
      int k,
      float alpha,
      float[] a,
      boolean transposeA,
      float[] b,
      boolean transposeB,
      float[] c,
      boolean accumulate) {
    if (tiles(m, n) > 0 && tiles(m, n) >= 2 * tiles(n, m)) {
      turned(pool, m, n, k, alpha, a, transposeA, b, transposeB, c, accumulate);
      return;
    }
    float[] left = packLeft(pool, a, transposeA ? 1 : k, transposeA ? m : 1, m, k, alpha);
    if (!transposeB && m <= WORTH_PACKING * tall) {
      multiply(pool, left, m, k, rows(b, n), n, null, c, accumulate);
    } else {
      int panels = (n + wide - 1) / wide;
      float[] right = buffers.borrow(Panels.START + panels * wide * k);
      int next = transposeB ? k : 1;
      int step = transposeB ? 1 : n;
      pool.forRanges(
          panels,
          1,
          (from, to) -> {
            for (int p = from; p < to; p++) {
              int cols = Math.min(wide, n - p * wide);
              int at = Panels.START + p * wide * k;
              kernels.pack(b, p * wide * next, next, step, cols, k, right, at, wide);
            }
          });
      multiply(pool, left, m, k, packed(right, k), n, null, c, accumulate);
      buffers.release(right);
    }
    buffers.release(left);
  }

  /** Tiles that a product takes, whole or not. */
  private long tiles(int m, int n) {
    return (long) ((m + tall - 1) / tall) * ((n + wide - 1) / wide);
  }

  /**
   * {@code C} by way of its transpose: a product with few columns, as those with A and B of an
   * adapter, would leave most of a tile empty.
   */
  private void turned(
      WorkerPool pool,
      int m,
      int n,
      int k,
      float alpha,
      float[] a,
      boolean transposeA,
      float[] b,
      boolean transposeB,
      float[] c,
      boolean accumulate) {
    float[] turned = buffers.borrow(Math.multiplyExact(n, m));
    if (accumulate) {
      transpose(c, m, n, turned);
    }
    product(pool, n, m, k, alpha, b, !transposeB, a, !transposeA, turned, accumulate);
    transpose(turned, n, m, c);
    buffers.release(turned);
  }

  private static void transpose(float[] from, int rows, int cols, float[] to) {
    for (int r = 0; r < rows; r++) {
      for (int i = 0; i < cols; i++) {
        to[i * rows + r] = from[r * cols + i];
      }
    }
  }

  /** Element k of row i is {@code a[i * next + k * step]}. */
  private float[] packLeft(
      WorkerPool pool, float[] a, int next, int step, int rows, int depth, float alpha) {
    int panels = (rows + tall - 1) / tall;
    float[] left = buffers.borrow(panels * tall * depth);
    pool.forRanges(
        panels, 8, (from, to) -> tiles.pack(a, 0, next, step, rows, depth, alpha, left, from, to));
    return left;
  }

  /** Writes a block of the right side as a panel into a scratch buffer. */
  private interface Decoder {
    void decode(int col, int cols, int k, int depth, float[] to, int at);
  }

  /**
   * The right side. Element k of column i of panel p is {@code values[first + p * next + k * step +
   * i]}.
   *
   * @param values or null if they have to be decoded
   * @param decoder writes a part of a panel that is not there, or not whole; null if all are
   */
  private record Source(float[] values, int first, int next, int step, Decoder decoder) {
    boolean has(boolean whole) {
      return values != null && (whole || decoder == null);
    }
  }

  private Source packed(float[] panels, int depth) {
    return new Source(panels, Panels.START, wide * depth, wide, null);
  }

  private Source decoded(Decoder decoder) {
    return new Source(null, 0, 0, 0, decoder);
  }

  /** A row-major matrix, read where it lies but for columns that do not fill a panel. */
  private Source rows(float[] b, int cols) {
    return new Source(
        b,
        0,
        wide,
        cols,
        (col, count, k, depth, to, at) ->
            kernels.pack(b, k * cols + col, 1, cols, count, depth, to, at, wide));
  }

  /** Shares out panels of the right side, and if they are few, the rows of the left side too. */
  private void multiply(
      WorkerPool pool,
      float[] left,
      int rows,
      int depth,
      Source right,
      int cols,
      float[] bias,
      float[] c,
      boolean accumulate) {
    int panels = (cols + wide - 1) / wide;
    int groups = (rows + tall - 1) / tall;
    int wanted = pool.threads() == 1 ? 1 : pool.threads() * TASKS_PER_THREAD;
    int size = panelsOfTask(panels, pool.threads(), wanted);
    int across = (panels + size - 1) / size;
    int down =
        across == 0 || panels >= wanted ? 1 : Math.min(groups, (wanted + across - 1) / across);
    pool.forEach(
        across * down,
        task -> {
          int x = task % across;
          int y = task / across;
          int firstRow = groups * y / down * tall;
          int endRow = Math.min(rows, groups * (y + 1) / down * tall);
          part(
              left,
              firstRow,
              endRow,
              depth,
              right,
              x * size,
              Math.min(panels, (x + 1) * size),
              cols,
              bias,
              c,
              accumulate);
        });
  }

  /** So many that all threads are done at the same time, if they are equally fast. */
  private static int panelsOfTask(int panels, int threads, int tasks) {
    int best = 1;
    int shortest = Integer.MAX_VALUE;
    for (int size = Math.max(1, (panels + tasks - 1) / tasks); size >= 1; size--) {
      int count = (panels + size - 1) / size;
      int time = (count + threads - 1) / threads * size;
      if (time < shortest) {
        shortest = time;
        best = size;
      }
    }
    return best;
  }

  private void part(
      float[] left,
      int firstRow,
      int endRow,
      int depth,
      Source right,
      int firstPanel,
      int endPanel,
      int cols,
      float[] bias,
      float[] c,
      boolean accumulate) {
    boolean decodes = right.decoder() != null;
    float[] decoded = decodes ? buffers.borrow(Panels.START + Math.min(depth, DEPTH) * wide) : null;
    float[] start = buffers.borrow(wide);
    float[] scratch = buffers.borrow(tiles.scratch());
    // At least once, so that an empty sum is written too.
    int k = 0;
    do {
      int block = Math.min(DEPTH, depth - k);
      int leftAt = firstRow * depth + k * tall;
      for (int p = firstPanel; p < endPanel; p++) {
        int col = p * wide;
        int count = Math.min(wide, cols - col);
        float[] panel = right.values();
        int at = right.first() + p * right.next() + k * right.step();
        int step = right.step();
        if (!right.has(count == wide)) {
          right.decoder().decode(col, count, k, block, decoded, Panels.START);
          panel = decoded;
          at = Panels.START;
          step = wide;
        }
        boolean add = accumulate || k > 0;
        if (!add) {
          startValues(bias, col, count, start);
        }
        tiles.multiply(
            left,
            leftAt,
            depth * tall,
            endRow - firstRow,
            panel,
            at,
            step,
            block,
            c,
            firstRow * cols + col,
            cols,
            count,
            add ? null : start,
            scratch);
      }
      k += DEPTH;
    } while (k < depth);
    buffers.release(scratch);
    buffers.release(start);
    if (decoded != null) {
      buffers.release(decoded);
    }
  }

  private void startValues(float[] bias, int col, int cols, float[] start) {
    if (bias == null) {
      Arrays.fill(start, 0, wide, 0f);
      return;
    }
    System.arraycopy(bias, col, start, 0, cols);
    Arrays.fill(start, cols, wide, 0f);
  }
}
