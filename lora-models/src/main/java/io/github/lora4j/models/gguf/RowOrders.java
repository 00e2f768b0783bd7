package io.github.lora4j.models.gguf;

/**
 * The order of rows in Hugging Face checkpoints, as indices of rows in GGUF files. Source: what
 * llama.cpp's converter does to them.
 */
final class RowOrders {
  private RowOrders() {}

  /**
   * Queries or keys of Llama: the two halves of a head, which are rotated together, are interleaved
   * in GGUF files.
   */
  static int[] interleaved(int heads, int headDim) {
    int[] order = new int[heads * headDim];
    for (int head = 0; head < heads; head++) {
      for (int i = 0; i < headDim; i++) {
        int half = i / (headDim / 2);
        order[head * headDim + i] = head * headDim + 2 * (i % (headDim / 2)) + half;
      }
    }
    return order;
  }

  /**
   * Queries, keys and values in one matrix: all queries, all keys, all values in GGUF files, group
   * by group in Hugging Face's, each with its queries, one key and one value.
   */
  static int[] grouped(int heads, int groups, int headDim) {
    int queries = heads / groups;
    int[] order = new int[(heads + 2 * groups) * headDim];
    int to = 0;
    for (int group = 0; group < groups; group++) {
      for (int inGroup = 0; inGroup < queries + 2; inGroup++) {
        int head =
            inGroup < queries
                ? group * queries + inGroup
                : heads + (inGroup - queries) * groups + group;
        for (int i = 0; i < headDim; i++) {
          order[to++] = head * headDim + i;
        }
      }
    }
    return order;
  }
}
