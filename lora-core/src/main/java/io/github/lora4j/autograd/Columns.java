package io.github.lora4j.autograd;

import io.github.lora4j.tensor.Tensor;

/** Some columns of a matrix: one projection out of several that were computed as one. */
public final class Columns {
  private Columns() {}

  /**
   * Which columns: {@code width} of them from {@code first} on, and again {@code groups - 1} times
   * after every {@code stride}.
   */
  public record Selection(int first, int width, int stride, int groups) {
    /** One range of columns. */
    public static Selection range(int first, int width) {
      return new Selection(first, width, width, 1);
    }

    /** How many columns. */
    public int cols() {
      return width * groups;
    }
  }

  /**
   * @param x {@code [rows, cols]}
   * @return {@code [rows, selection.cols()]}
   */
  public static Var apply(Tape tape, Var x, Selection selection) {
    Tensor in = x.value();
    int last = selection.first + (selection.groups - 1) * selection.stride + selection.width;
    if (selection.first < 0 || selection.width < 1 || selection.groups < 1 || last > in.cols()) {
      throw new IllegalArgumentException(selection + " is not within " + in.cols() + " columns");
    }
    Tensor y = tape.matrix(in.rows(), selection.cols());
    tape.compute()
        .pool()
        .forRanges(
            in.rows(),
            64,
            (from, to) -> {
              for (int r = from; r < to; r++) {
                for (int g = 0; g < selection.groups; g++) {
                  System.arraycopy(
                      in.data(),
                      r * in.cols() + selection.first + g * selection.stride,
                      y.data(),
                      r * y.cols() + g * selection.width,
                      selection.width);
                }
              }
            });
    Var out = tape.result(y, x);
    tape.record(
        out,
        () -> {
          float[] dx = tape.zeroedGradOf(x).data();
          float[] dy = out.grad().data();
          for (int r = 0; r < in.rows(); r++) {
            for (int g = 0; g < selection.groups; g++) {
              int to = r * in.cols() + selection.first + g * selection.stride;
              int from = r * y.cols() + g * selection.width;
              tape.compute().kernels().addScaled(1f, dy, from, dx, to, selection.width);
            }
          }
        });
    return out;
  }
}
