package io.github.lora4j.quant;

import java.util.stream.IntStream;

/**
 * Finds the nearest of some values in [-1, 1], the smaller of two that are equally near. A table of
 * equal cells tells how many limits lie below a cell; inside a cell there is at most one more.
 */
final class NearestCode {
  private static final int CELLS = 4096;
  private static final float SCALE = CELLS / 2f;

  private final float[] limit;
  private final byte[] below;
  private final byte[] above;

  private NearestCode(float[] limit, byte[] below, byte[] above) {
    this.limit = limit;
    this.below = below;
    this.above = above;
  }

  static NearestCode of(float[] values) {
    int[] order =
        IntStream.range(0, values.length)
            .boxed()
            // 0 and -0 are equal here: they keep the order of their codes.
            .sorted((a, b) -> values[a] < values[b] ? -1 : values[a] > values[b] ? 1 : a - b)
            .mapToInt(Integer::intValue)
            .toArray();
    float[] limit = new float[CELLS + 1];
    byte[] below = new byte[CELLS + 1];
    byte[] above = new byte[CELLS + 1];
    int rank = 0;
    for (int cell = 0; cell <= CELLS; cell++) {
      below[cell] = (byte) order[rank];
      above[cell] = below[cell];
      limit[cell] = Float.POSITIVE_INFINITY;
      if (rank + 1 < order.length) {
        float middle = (values[order[rank]] + values[order[rank + 1]]) / 2;
        if (cell(middle) == cell) {
          rank++;
          limit[cell] = middle;
          above[cell] = (byte) order[rank];
        }
      }
    }
    if (rank != values.length - 1) {
      throw new IllegalArgumentException("two limits are in one cell");
    }
    return new NearestCode(limit, below, above);
  }

  private static int cell(float scaled) {
    return (int) ((scaled + 1f) * SCALE);
  }

  /**
   * @param scaled in [-1, 1]
   */
  int code(float scaled) {
    int cell = cell(scaled);
    return scaled > limit[cell] ? above[cell] : below[cell];
  }
}
