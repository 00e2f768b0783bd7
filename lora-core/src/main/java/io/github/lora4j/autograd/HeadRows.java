package io.github.lora4j.autograd;

/**
 * What the queries of a run see of one head, in the order of positions.
 *
 * @param at where position 0 is
 * @param stride from one position to the next
 */
record HeadRows(float[] data, int at, int stride) {
  int at(int position) {
    return at + position * stride;
  }
}
