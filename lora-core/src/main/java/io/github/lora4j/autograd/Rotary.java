package io.github.lora4j.autograd;

import io.github.lora4j.tensor.Tensor;

/**
 * Rotary position embedding (Su et al., "RoFormer", 2021) in the order of Hugging Face: the first
 * features of a head are rotated in pairs {@code (i, i + pairs)}, the others stay.
 */
public final class Rotary {
  private Rotary() {}

  /**
   * The rotation of every row.
   *
   * @param cos {@code [rows, pairs]}
   * @param sin {@code [rows, pairs]}
   * @param pairs rotated pairs of a head
   */
  public record Angles(float[] cos, float[] sin, int pairs) {}

  /**
   * @param x {@code [rows, heads * headSize]}
   * @return the same shape
   */
  public static Var apply(Tape tape, Var x, Angles angles, int headSize) {
    Tensor in = x.value();
    if (headSize < 2 * angles.pairs() || in.cols() % headSize != 0) {
      throw new IllegalArgumentException(
          in.cols()
              + " features do not divide into heads of "
              + headSize
              + " with "
              + angles.pairs()
              + " rotated pairs");
    }
    if (angles.cos().length < in.rows() * angles.pairs()) {
      throw new IllegalArgumentException("there are fewer angles than the " + in.rows() + " rows");
    }
    Tensor y = tape.matrix(in.rows(), in.cols());
    rotate(tape, in, angles, headSize, 1f, y);
    Var out = tape.result(y, x);
    tape.record(
        out,
        () -> {
          // The gradient is rotated back.
          tape.addWritten(x, dx -> rotate(tape, out.grad(), angles, headSize, -1f, dx));
        });
    return out;
  }

  private static void rotate(
      Tape tape, Tensor x, Angles angles, int headSize, float direction, Tensor y) {
    int cols = x.cols();
    tape.compute()
        .pool()
        .forRanges(
            x.rows(),
            Math.max(1, (1 << 13) / cols),
            (from, to) -> {
              for (int r = from; r < to; r++) {
                for (int head = 0; head < cols; head += headSize) {
                  rotateHead(x.data(), r * cols + head, angles, r, headSize, direction, y.data());
                }
              }
            });
  }

  private static void rotateHead(
      float[] x, int at, Angles angles, int row, int headSize, float direction, float[] y) {
    int pairs = angles.pairs();
    int angle = row * pairs;
    float[] cos = angles.cos();
    float[] sin = angles.sin();
    for (int i = 0; i < pairs; i++) {
      float c = cos[angle + i];
      float s = direction * sin[angle + i];
      float a = x[at + i];
      float b = x[at + pairs + i];
      y[at + i] = a * c - b * s;
      y[at + pairs + i] = b * c + a * s;
    }
    System.arraycopy(x, at + 2 * pairs, y, at + 2 * pairs, headSize - 2 * pairs);
  }
}
