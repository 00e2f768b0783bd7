package io.github.lora4j.autograd;

import io.github.lora4j.compute.Compute;
import io.github.lora4j.compute.StridedGemm;
import io.github.lora4j.tensor.Ragged;
import io.github.lora4j.tensor.RunTree;
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
  private final RunTree tree;
  private final Ragged rows;
  private final TreeRows seen;
  private final int d;
  private final int queryCols;
  private final float[] q;
  private final float[] k;
  private final float[] v;

  private Attention(
      Compute compute, Tensor q, Tensor k, Tensor v, RunTree tree, AttentionRules rules) {
    this.compute = compute;
    this.rules = rules;
    this.tree = tree;
    this.rows = tree.rows();
    this.d = q.cols() / rules.heads();
    this.queryCols = q.cols();
    this.seen = new TreeRows(compute, tree, k.cols(), d);
    this.scores = new AttentionScores(compute, rules, d);
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
   * Attention within each sequence.
   *
   * @param q {@code [batch.rows(), heads * d]}
   * @param k {@code [batch.rows(), kvHeads * d]}
   * @param v {@code [batch.rows(), kvHeads * d]}
   * @return {@code [batch.rows(), heads * d]}
   */
  public static Var apply(Tape tape, Var q, Var k, Var v, Ragged batch, AttentionRules rules) {
    return apply(tape, q, k, v, RunTree.of(batch), rules);
  }

  /**
   * Attention of runs over themselves and what they continue; causal if one continues another.
   *
   * @param q {@code [tree.rows().rows(), heads * d]}
   * @param k {@code [tree.rows().rows(), kvHeads * d]}
   * @param v {@code [tree.rows().rows(), kvHeads * d]}
   * @return {@code [tree.rows().rows(), heads * d]}
   */
  public static Var apply(Tape tape, Var q, Var k, Var v, RunTree tree, AttentionRules rules) {
    requireShapes(q.value(), k.value(), v.value(), tree, rules);
    Attention attention =
        new Attention(tape.compute(), q.value(), k.value(), v.value(), tree, rules);
    Tensor y = tape.matrix(tree.rows().rows(), q.value().cols());
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
            tree.runs() * heads,
            task -> {
              int run = task / heads;
              int head = task % heads;
              int column = head / (heads / rules.kvHeads()) * d;
              HeadRows keys = seen.seen(k, run, column);
              HeadRows values = seen.seen(v, run, column);
              float[] p = compute.buffers().borrow(size(run));
              forBlocks(
                  run,
                  head,
                  (block, row) -> {
                    int n = block.count();
                    int width = block.keys();
                    int value = values.at(block.first());
                    scores.probabilities(block, q, row, keys, p, null);
                    gemm.nn(
                        n,
                        d,
                        width,
                        1f,
                        p,
                        0,
                        width,
                        values.data(),
                        value,
                        values.stride(),
                        y,
                        row,
                        queryCols,
                        false);
                  });
              compute.buffers().release(p);
              seen.release(values, run);
              seen.release(keys, run);
            });
  }

  /** A block of queries of a run and where the first one's head is. */
  private interface BlockBody {
    void accept(AttentionScores.Block block, int row);
  }

  private void forBlocks(int run, int head, BlockBody body) {
    int past = tree.past(run);
    int query = rows.start(run) * queryCols + head * d;
    scores.forBlocks(
        head,
        past,
        rows.length(run),
        block -> body.accept(block, query + (block.position() - past) * queryCols));
  }

  /** The most probabilities of a block of queries of a run. */
  private int size(int run) {
    return AttentionScores.size(rows.length(run), tree.end(run));
  }

  /** Runs that may see the same keys take turns, so that their gradients add up in one order. */
  private void backward(float[] dy, float[] dq, float[] dk, float[] dv) {
    int kvHeads = rules.kvHeads();
    int[][] trees = tree.trees();
    compute
        .pool()
        .forEach(
            trees.length * kvHeads,
            task -> {
              for (int run : trees[task / kvHeads]) {
                backward(run, task % kvHeads, dy, dq, dk, dv);
              }
            });
  }

  private void backward(int run, int group, float[] dy, float[] dq, float[] dk, float[] dv) {
    int shared = rules.heads() / rules.kvHeads();
    int column = group * d;
    HeadRows keys = seen.seen(k, run, column);
    HeadRows values = seen.seen(v, run, column);
    HeadRows keySums = seen.sums(dk, run, column);
    HeadRows valueSums = seen.sums(dv, run, column);
    int size = size(run);
    float[] p = compute.buffers().borrow(size);
    float[] dp = compute.buffers().borrow(size);
    float[] capped = rules.softcap() > 0 ? compute.buffers().borrow(size) : null;
    StridedGemm gemm = compute.small();
    for (int head = group * shared; head < (group + 1) * shared; head++) {
      forBlocks(
          run,
          head,
          (block, row) -> {
            int n = block.count();
            int width = block.keys();
            int at = keys.at(block.first());
            int stride = keys.stride();
            int sum = keySums.at(block.first());
            scores.probabilities(block, q, row, keys, p, capped);
            gemm.nt(
                n,
                width,
                d,
                1f,
                dy,
                row,
                queryCols,
                values.data(),
                values.at(block.first()),
                stride,
                dp,
                0,
                width,
                false);
            gemm.tn(
                width,
                d,
                n,
                1f,
                p,
                0,
                width,
                dy,
                row,
                queryCols,
                valueSums.data(),
                valueSums.at(block.first()),
                stride,
                true);
            scores.backward(block, p, dp, capped);
            gemm.nn(
                n, d, width, 1f, dp, 0, width, keys.data(), at, stride, dq, row, queryCols, true);
            gemm.tn(
                width,
                d,
                n,
                1f,
                dp,
                0,
                width,
                q,
                row,
                queryCols,
                keySums.data(),
                sum,
                stride,
                true);
          });
    }
    if (capped != null) {
      compute.buffers().release(capped);
    }
    compute.buffers().release(dp);
    compute.buffers().release(p);
    seen.add(valueSums, dv, run, column);
    seen.add(keySums, dk, run, column);
    seen.release(values, run);
    seen.release(keys, run);
  }

  private static void requireShapes(
      Tensor q, Tensor k, Tensor v, RunTree tree, AttentionRules rules) {
    if (q.cols() % rules.heads() != 0) {
      throw new IllegalArgumentException(
          q.cols() + " features do not divide into " + rules.heads() + " heads");
    }
    int kvCols = q.cols() / rules.heads() * rules.kvHeads();
    if (k.cols() != kvCols || v.cols() != kvCols) {
      throw new IllegalArgumentException(
          "keys have " + k.cols() + " and values " + v.cols() + " features, expected " + kvCols);
    }
    int rows = tree.rows().rows();
    if (q.rows() != rows || k.rows() != rows || v.rows() != rows) {
      throw new IllegalArgumentException(
          "queries, keys and values have "
              + q.rows()
              + ", "
              + k.rows()
              + " and "
              + v.rows()
              + " rows but the batch "
              + rows);
    }
    for (int run = 0; run < tree.runs() && !rules.causal(); run++) {
      if (!tree.isRoot(run)) {
        throw new IllegalArgumentException("only causal attention can continue a run");
      }
    }
  }
}
