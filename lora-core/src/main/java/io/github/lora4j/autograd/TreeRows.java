package io.github.lora4j.autograd;

import io.github.lora4j.compute.Compute;
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

  /** Positions that a run sees, its own included. */
  int length(int run) {
    return tree.past(run) + rows.length(run);
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
    float[] copy = compute.buffers().borrow(length(run) * headSize);
    int end = length(run);
    for (int part = run; part >= 0; part = tree.parents()[part]) {
      end -= rows.length(part);
      for (int i = 0; i < rows.length(part); i++) {
        int from = (rows.start(part) + i) * cols + column;
        System.arraycopy(matrix, from, copy, (end + i) * headSize, headSize);
      }
    }
    return new HeadRows(copy, 0, headSize);
  }

  /** Where gradients of what a run sees are added up, to be given to {@link #add}. */
  HeadRows sums(float[] gradient, int run, int column) {
    if (tree.isRoot(run)) {
      return inPlace(gradient, run, column);
    }
    int length = length(run) * headSize;
    float[] sums = compute.buffers().borrow(length);
    Arrays.fill(sums, 0, length, 0f);
    return new HeadRows(sums, 0, headSize);
  }

  /** Adds the sums to the gradient, and releases them. */
  void add(HeadRows sums, float[] gradient, int run, int column) {
    if (tree.isRoot(run)) {
      return;
    }
    int end = length(run);
    for (int part = run; part >= 0; part = tree.parents()[part]) {
      end -= rows.length(part);
      for (int i = 0; i < rows.length(part); i++) {
        int to = (rows.start(part) + i) * cols + column;
        compute.kernels().addScaled(1f, sums.data(), sums.at(end + i), gradient, to, headSize);
      }
    }
    release(sums, run);
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
