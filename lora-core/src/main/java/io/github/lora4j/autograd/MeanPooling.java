package io.github.lora4j.autograd;

import io.github.lora4j.tensor.Ragged;
import io.github.lora4j.tensor.Tensor;

/** The mean over the rows of each sequence. */
public final class MeanPooling {
  private MeanPooling() {}

  /**
   * @param x {@code [batch.rows(), cols]}
   * @return {@code [batch.sequences(), cols]}; zero for an empty sequence
   */
  public static Var apply(Tape tape, Var x, Ragged batch) {
    int cols = x.value().cols();
    if (x.value().rows() != batch.rows()) {
      throw new IllegalArgumentException(
          "x has " + x.value().rows() + " rows but the batch " + batch.rows());
    }
    float[] in = x.value().data();
    Tensor y = tape.matrix(batch.sequences(), cols);
    java.util.Arrays.fill(y.data(), 0, y.size(), 0f);
    for (int s = 0; s < batch.sequences(); s++) {
      float share = 1f / batch.length(s);
      for (int r = batch.start(s); r < batch.start(s) + batch.length(s); r++) {
        for (int c = 0; c < cols; c++) {
          y.data()[s * cols + c] += share * in[r * cols + c];
        }
      }
    }
    Var out = tape.result(y, x);
    tape.record(
        out,
        () -> {
          float[] dy = out.grad().data();
          float[] dx = tape.zeroedGradOf(x).data();
          for (int s = 0; s < batch.sequences(); s++) {
            float share = 1f / batch.length(s);
            for (int r = batch.start(s); r < batch.start(s) + batch.length(s); r++) {
              for (int c = 0; c < cols; c++) {
                dx[r * cols + c] += share * dy[s * cols + c];
              }
            }
          }
        });
    return out;
  }
}
