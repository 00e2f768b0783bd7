package io.github.lora4j.memory;

/**
 * What a {@link io.github.lora4j.autograd.Var} takes: its shape without values. Belongs to one
 * {@link ShapeTape}.
 */
public final class ShapeVar {
  private final int rows;
  private final int cols;
  private final boolean requiresGrad;

  /** Null for values that are not on the tape, and once it is forgotten. */
  private Block value;

  private boolean forgotten;
  private Block grad;

  /** A buffer on the tape. */
  static final class Block {
    final int length;

    Block(int length) {
      this.length = length;
    }
  }

  ShapeVar(int rows, int cols, boolean requiresGrad, Block value) {
    this.rows = rows;
    this.cols = cols;
    this.requiresGrad = requiresGrad;
    this.value = value;
  }

  /** A trained value, whose own memory is not the tape's. */
  public static ShapeVar parameter(int rows, int cols) {
    return new ShapeVar(rows, cols, true, null);
  }

  /** A value that is not trained, whose own memory is not the tape's. */
  public static ShapeVar frozen(int rows, int cols) {
    return new ShapeVar(rows, cols, false, null);
  }

  /** Rows of the matrix. */
  public int rows() {
    return rows;
  }

  /** Columns of the matrix. */
  public int cols() {
    return cols;
  }

  boolean requiresGrad() {
    return requiresGrad;
  }

  Block value() {
    return value;
  }

  boolean forgotten() {
    return forgotten;
  }

  void setForgotten(boolean now) {
    forgotten = now;
  }

  void setValue(Block block) {
    value = block;
  }

  Block grad() {
    return grad;
  }

  void setGrad(Block block) {
    grad = block;
  }
}
