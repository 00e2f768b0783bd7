package io.github.lora4j.autograd;

import io.github.lora4j.compute.Compute;
import io.github.lora4j.compute.StridedGemm;
import io.github.lora4j.tensor.Ragged;
import io.github.lora4j.tensor.Tensor;

/**
 * Scaled dot-product attention, {@code softmax(Q Kᵀ / sqrt(d)) V}, for each sequence of a ragged
 * batch and each head. Several query heads may share a key and value head. The probabilities are
 * not kept: the backward pass computes them again, a block of queries at a time.
 */
public final class Attention {
  private final Compute compute;
  private final AttentionRules rules;
  private final AttentionScores scores;
  private final Ragged batch;
  private final int d;
  private final int queryCols;
  private final int keyCols;
  private final float[] q;
  private final float[] k;
  private final float[] v;

  private Attention(
      Compute compute, Tensor q, Tensor k, Tensor v, Ragged batch, AttentionRules rules) {
    this.compute = compute;
    this.rules = rules;
    this.batch = batch;
    this.d = q.cols() / rules.heads();
    this.queryCols = q.cols();
    this.keyCols = k.cols();
    this.scores = new AttentionScores(compute, rules, d, keyCols);
    this.q = q.data();
    this.k = k.data();
    this.v = v.data();
  }

  /** Plain attention, scaled by one over the root of the size of a head. */
  public static Var apply(
      Tape tape, Var q, Var k, Var v, Ragged batch, int heads, int kvHeads, boolean causal) {
    int headSize = Math.max(1, q.value().cols() / Math.max(1, heads));
    return apply(tape, q, k, v, batch, AttentionRules.plain(heads, kvHeads, headSize, causal));
  }

  /**
   * @param q {@code [batch.rows(), heads * d]}
   * @param k {@code [batch.rows(), kvHeads * d]}
   * @param v {@code [batch.rows(), kvHeads * d]}
   * @return {@code [batch.rows(), heads * d]}
   */
  public static Var apply(Tape tape, Var q, Var k, Var v, Ragged batch, AttentionRules rules) {
    requireShapes(q.value(), k.value(), v.value(), batch, rules);
    Attention attention =
        new Attention(tape.compute(), q.value(), k.value(), v.value(), batch, rules);
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
    int heads = rules.heads();
    compute
        .pool()
        .forEach(
            batch.sequences() * heads,
            task -> {
              int start = batch.start(task / heads);
              int length = batch.length(task / heads);
              int head = task % heads;
              int kv = start * keyCols + head / (heads / rules.kvHeads()) * d;
              float[] p = compute.buffers().borrow(AttentionScores.size(length, length));
              scores.forBlocks(
                  head,
                  0,
                  length,
                  length,
                  block -> {
                    int n = block.count();
                    int keys = block.keys();
                    int key = kv + block.first() * keyCols;
                    int row = (start + block.position()) * queryCols + head * d;
                    scores.probabilities(block, q, row, k, key, p, null);
                    gemm.nn(n, d, keys, 1f, p, 0, keys, v, key, keyCols, y, row, queryCols, false);
                  });
              compute.buffers().release(p);
            });
  }

  private void backward(float[] dy, float[] dq, float[] dk, float[] dv) {
    int kvHeads = rules.kvHeads();
    int shared = rules.heads() / kvHeads;
    compute
        .pool()
        .forEach(
            batch.sequences() * kvHeads,
            task -> {
              int start = batch.start(task / kvHeads);
              int length = batch.length(task / kvHeads);
              int group = task % kvHeads;
              int size = AttentionScores.size(length, length);
              float[] p = compute.buffers().borrow(size);
              float[] dp = compute.buffers().borrow(size);
              float[] capped = rules.softcap() > 0 ? compute.buffers().borrow(size) : null;
              for (int head = group * shared; head < (group + 1) * shared; head++) {
                int column = head * d;
                scores.forBlocks(
                    head,
                    0,
                    length,
                    length,
                    block -> {
                      int key = (start + block.first()) * keyCols + group * d;
                      int row = (start + block.position()) * queryCols + column;
                      scores.probabilities(block, q, row, k, key, p, capped);
                      backward(block, row, key, dy, p, dp, capped, dq, dk, dv);
                    });
              }
              if (capped != null) {
                compute.buffers().release(capped);
              }
              compute.buffers().release(dp);
              compute.buffers().release(p);
            });
  }

  private void backward(
      AttentionScores.Block block,
      int row,
      int key,
      float[] dy,
      float[] p,
      float[] dp,
      float[] capped,
      float[] dq,
      float[] dk,
      float[] dv) {
    StridedGemm gemm = compute.small();
    int count = block.count();
    int keys = block.keys();
    gemm.nt(count, keys, d, 1f, dy, row, queryCols, v, key, keyCols, dp, 0, keys, false);
    gemm.tn(keys, d, count, 1f, p, 0, keys, dy, row, queryCols, dv, key, keyCols, true);
    scores.backward(block, p, dp, capped);
    gemm.nn(count, d, keys, 1f, dp, 0, keys, k, key, keyCols, dq, row, queryCols, true);
    gemm.tn(keys, d, count, 1f, dp, 0, keys, q, row, queryCols, dk, key, keyCols, true);
  }

  private static void requireShapes(
      Tensor q, Tensor k, Tensor v, Ragged batch, AttentionRules rules) {
    if (q.cols() % rules.heads() != 0) {
      throw new IllegalArgumentException(
          q.cols() + " features do not divide into " + rules.heads() + " heads");
    }
    int kvCols = q.cols() / rules.heads() * rules.kvHeads();
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
