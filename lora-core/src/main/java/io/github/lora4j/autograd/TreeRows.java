package io.github.lora4j.autograd;

import io.github.lora4j.compute.Compute;
import io.github.lora4j.compute.Kernels;
import io.github.lora4j.tensor.Ragged;
import io.github.lora4j.tensor.RunTree;
import java.util.Arrays;

/**
 * The keys or values that runs see, or their gradients, one head at a time. Those of a run that
 * continues none are used where they lie, others are copied together.
 */
final class TreeRows {
  private final Compute compute;
  private final RunTree tree;
  private final Ragged rows;
  private final int cols;
  private final int headSize;

  /**
   * @param cols of the matrices
   */
  TreeRows(Compute compute, RunTree tree, int cols, int headSize) {
    this.compute = compute;
    this.tree = tree;
    this.rows = tree.rows();
    this.cols = cols;
    this.headSize = headSize;
  }

  /**
   * What a run sees, to be given to {@link #release}.
   *
   * @param column of the head
   */
  HeadRows seen(float[] matrix, int run, int column) {
    if (tree.isRoot(run)) {
      return inPlace(matrix, run, column);
    }
    HeadRows copy = new HeadRows(compute.buffers().borrow(tree.end(run) * headSize), 0, headSize);
    forRows(
        run,
        column,
        (position, at) -> System.arraycopy(matrix, at, copy.data(), copy.at(position), headSize));
    return copy;
  }

  /** Where gradients of what a run sees are added up, to be given to {@link #add}. */
  HeadRows sums(float[] gradient, int run, int column) {
    if (tree.isRoot(run)) {
      return inPlace(gradient, run, column);
    }
    int length = tree.end(run) * headSize;
    float[] sums = compute.buffers().borrow(length);
    Arrays.fill(sums, 0, length, 0f);
    return new HeadRows(sums, 0, headSize);
  }

  /** Adds the sums to the gradient, and releases them. */
  void add(HeadRows sums, float[] gradient, int run, int column) {
    if (tree.isRoot(run)) {
      return;
    }
    Kernels kernels = compute.kernels();
    forRows(
        run,
        column,
        (position, at) ->
            kernels.addScaled(1f, sums.data(), sums.at(position), gradient, at, headSize));
    release(sums, run);
  }

  /** A position of a sequence and where its row has the head. */
  private interface RowBody {
    void accept(int position, int at);
  }

  /** Goes through all that a run sees. */
  private void forRows(int run, int column, RowBody body) {
    int end = tree.end(run);
    for (int part = run; part >= 0; part = tree.parents()[part]) {
      end -= rows.length(part);
      for (int i = 0; i < rows.length(part); i++) {
        body.accept(end + i, (rows.start(part) + i) * cols + column);
      }
    }
  }

  void release(HeadRows seen, int run) {
    if (!tree.isRoot(run)) {
      compute.buffers().release(seen.data());
    }
  }

  private HeadRows inPlace(float[] matrix, int run, int column) {
    return new HeadRows(matrix, rows.start(run) * cols + column, cols);
  }
}
