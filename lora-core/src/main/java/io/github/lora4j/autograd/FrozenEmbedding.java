package io.github.lora4j.autograd;

import io.github.lora4j.tensor.FrozenMatrix;
import io.github.lora4j.tensor.Tensor;

/** Rows of a frozen weight, by index: token embeddings in any weight format. */
public final class FrozenEmbedding {
  private FrozenEmbedding() {}

  /**
   * @param scale what the rows are multiplied by
   * @return {@code [ids.length, table.in()]}, without a gradient
   */
  public static Var apply(Tape tape, FrozenMatrix table, int[] ids, float scale) {
    int cols = table.in();
    for (int id : ids) {
      if (id < 0 || id >= table.out()) {
        throw new IllegalArgumentException(
            "token " + id + " outside a vocabulary of " + table.out());
      }
    }
    Tensor y = tape.matrix(ids.length, cols);
    tape.compute()
        .pool()
        .forRanges(
            ids.length,
            16,
            (from, to) -> {
              for (int r = from; r < to; r++) {
                table.decodeRow(ids[r], y.data(), r * cols);
              }
              if (scale != 1f) {
                for (int i = from * cols; i < to * cols; i++) {
                  y.data()[i] *= scale;
                }
              }
            });
    return Var.constant(y);
  }
}
