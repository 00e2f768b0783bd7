package io.github.lora4j.autograd;

import io.github.lora4j.tensor.Ragged;
import io.github.lora4j.tensor.Tensor;

/** The first row of each sequence: where BERT has its {@code [CLS]}. */
public final class FirstPooling {
  private FirstPooling() {}

  /**
   * @param x {@code [batch.rows(), cols]}, of sequences with at least one row
   * @return {@code [batch.sequences(), cols]}
   */
  public static Var apply(Tape tape, Var x, Ragged batch) {
    int cols = x.value().cols();
    if (x.value().rows() != batch.rows()) {
      throw new IllegalArgumentException(
          "x has " + x.value().rows() + " rows but the batch " + batch.rows());
    }
    for (int s = 0; s < batch.sequences(); s++) {
      if (batch.length(s) == 0) {
        throw new IllegalArgumentException("sequence " + s + " is empty and has no first row");
      }
    }
    Tensor y = tape.matrix(batch.sequences(), cols);
    for (int s = 0; s < batch.sequences(); s++) {
      System.arraycopy(x.value().data(), batch.start(s) * cols, y.data(), s * cols, cols);
    }
    Var out = tape.result(y, x);
    tape.record(
        out,
        () -> {
          float[] dy = out.grad().data();
          float[] dx = tape.zeroedGradOf(x).data();
          for (int s = 0; s < batch.sequences(); s++) {
            for (int c = 0; c < cols; c++) {
              dx[batch.start(s) * cols + c] += dy[s * cols + c];
            }
          }
        });
    return out;
  }
}
