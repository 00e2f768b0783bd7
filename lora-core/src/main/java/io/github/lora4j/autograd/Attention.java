package io.github.lora4j.autograd;

import io.github.lora4j.compute.Compute;
import io.github.lora4j.compute.Kernels;
import io.github.lora4j.compute.StridedGemm;
import io.github.lora4j.tensor.Ragged;
import io.github.lora4j.tensor.Tensor;
import java.util.Arrays;

/**
 * Scaled dot-product attention, {@code softmax(Q Kᵀ / sqrt(d)) V}, for each sequence of a ragged
 * batch and each head. Several query heads may share a key and value head. The probabilities are
 * not kept: the backward pass computes them again, a block of queries at a time.
 */
public final class Attention {
  private static final int QUERY_BLOCK = 96;

  private final Ragged batch;
  private final int heads;
  private final int groups;
  private final int d;
  private final int queryCols;
  private final int keyCols;
  private final boolean causal;
  private final float scale;
  private final Compute compute;
  private final float[] q;
  private final float[] k;
  private final float[] v;

  private Attention(
      Compute compute,
      Tensor q,
      Tensor k,
      Tensor v,
      Ragged batch,
      int heads,
      int kvHeads,
      boolean causal) {
    this.compute = compute;
    this.batch = batch;
    this.heads = heads;
    this.groups = kvHeads;
    this.d = q.cols() / heads;
    this.queryCols = q.cols();
    this.keyCols = k.cols();
    this.causal = causal;
    this.scale = (float) (1 / Math.sqrt(d));
    this.q = q.data();
    this.k = k.data();
    this.v = v.data();
  }

  /**
   * @param q {@code [batch.rows(), heads * d]}
   * @param k {@code [batch.rows(), kvHeads * d]}
   * @param v {@code [batch.rows(), kvHeads * d]}
   * @param causal if a position sees itself and what is before it only
   * @return {@code [batch.rows(), heads * d]}
   */
  public static Var apply(
      Tape tape, Var q, Var k, Var v, Ragged batch, int heads, int kvHeads, boolean causal) {
    requireShapes(q.value(), k.value(), v.value(), batch, heads, kvHeads);
    Attention attention =
        new Attention(
            tape.compute(), q.value(), k.value(), v.value(), batch, heads, kvHeads, causal);
    Tensor y = tape.matrix(batch.rows(), q.value().cols());
    attention.forward(y.data());
    Var out = tape.result(y, q, k, v);
    tape.record(
        out,
        () -> {
          Tensor dq = attention.gradient(tape, q);
          Tensor dk = attention.gradient(tape, k);
          Tensor dv = attention.gradient(tape, v);
          attention.backward(out.grad().data(), dq.data(), dk.data(), dv.data());
        });
    return out;
  }

  /** Where to add the gradient; for an input that needs none, a buffer that nobody reads. */
  private Tensor gradient(Tape tape, Var input) {
    return input.requiresGrad()
        ? tape.zeroedGradOf(input)
        : tape.matrix(input.value().rows(), input.value().cols());
  }

  private void forward(float[] y) {
    StridedGemm gemm = compute.small();
    compute
        .pool()
        .forEach(
            batch.sequences() * heads,
            task -> {
              int start = batch.start(task / heads);
              int length = batch.length(task / heads);
              int head = task % heads;
              int kv = start * keyCols + head / (heads / groups) * d;
              float[] p = compute.buffers().borrow(Math.min(QUERY_BLOCK, length) * length);
              for (int from = 0; from < length; from += QUERY_BLOCK) {
                int count = Math.min(QUERY_BLOCK, length - from);
                int keys = causal ? from + count : length;
                int row = (start + from) * queryCols + head * d;
                probabilities(p, row, kv, from, count, keys);
                gemm.nn(count, d, keys, 1f, p, 0, keys, v, kv, keyCols, y, row, queryCols, false);
              }
              compute.buffers().release(p);
            });
  }

  /**
   * The probabilities of {@code count} queries from {@code from} on over the first {@code keys}
   * keys.
   */
  private void probabilities(float[] p, int row, int kv, int from, int count, int keys) {
    compute.small().nt(count, keys, d, scale, q, row, queryCols, k, kv, keyCols, p, 0, keys, false);
    Kernels kernels = compute.kernels();
    if (!causal) {
      kernels.softmax(p, 0, count, keys, keys);
      return;
    }
    for (int i = 0; i < count; i++) {
      int visible = from + i + 1;
      kernels.softmax(p, i * keys, 1, visible, keys);
      Arrays.fill(p, i * keys + visible, (i + 1) * keys, 0f);
    }
  }

  private void backward(float[] dy, float[] dq, float[] dk, float[] dv) {
    StridedGemm gemm = compute.small();
    int shared = heads / groups;
    compute
        .pool()
        .forEach(
            batch.sequences() * groups,
            task -> {
              int start = batch.start(task / groups);
              int length = batch.length(task / groups);
              int group = task % groups;
              int kv = start * keyCols + group * d;
              int size = Math.min(QUERY_BLOCK, length) * length;
              float[] p = compute.buffers().borrow(size);
              float[] dp = compute.buffers().borrow(size);
              for (int head = group * shared; head < (group + 1) * shared; head++) {
                for (int from = 0; from < length; from += QUERY_BLOCK) {
                  int count = Math.min(QUERY_BLOCK, length - from);
                  int keys = causal ? from + count : length;
                  int row = (start + from) * queryCols + head * d;
                  probabilities(p, row, kv, from, count, keys);
                  gemm.nt(
                      count, keys, d, 1f, dy, row, queryCols, v, kv, keyCols, dp, 0, keys, false);
                  gemm.tn(
                      keys, d, count, 1f, p, 0, keys, dy, row, queryCols, dv, kv, keyCols, true);
                  compute.kernels().softmaxBackward(p, 0, dp, 0, count, keys, keys, scale);
                  gemm.nn(
                      count, d, keys, 1f, dp, 0, keys, k, kv, keyCols, dq, row, queryCols, true);
                  gemm.tn(
                      keys, d, count, 1f, dp, 0, keys, q, row, queryCols, dk, kv, keyCols, true);
                }
              }
              compute.buffers().release(dp);
              compute.buffers().release(p);
            });
  }

  private static void requireShapes(
      Tensor q, Tensor k, Tensor v, Ragged batch, int heads, int kvHeads) {
    if (heads < 1 || kvHeads < 1 || heads % kvHeads != 0 || q.cols() % heads != 0) {
      throw new IllegalArgumentException(
          q.cols()
              + " features do not divide into "
              + heads
              + " heads over "
              + kvHeads
              + " key and value heads");
    }
    int kvCols = q.cols() / heads * kvHeads;
    if (k.cols() != kvCols || v.cols() != kvCols) {
      throw new IllegalArgumentException(
          "keys have " + k.cols() + " and values " + v.cols() + " features, expected " + kvCols);
    }
    if (q.rows() != batch.rows() || k.rows() != batch.rows() || v.rows() != batch.rows()) {
      throw new IllegalArgumentException(
          "queries, keys and values have "
              + q.rows()
              + ", "
              + k.rows()
              + " and "
              + v.rows()
              + " rows but the batch "
              + batch.rows());
    }
  }
}
