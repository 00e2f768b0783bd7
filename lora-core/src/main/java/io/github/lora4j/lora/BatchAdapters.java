package io.github.lora4j.lora;

import java.util.List;

/**
 * Which adapter applies to which rows of a batch: a single {@link ActiveAdapter} to all of them, or
 * {@link RowAdapters}. Implementations are thread-safe.
 */
public interface BatchAdapters {
  /**
   * The adapters in the order of the rows.
   *
   * @param rows how many rows there are
   * @return segments that cover them, one after the other
   * @throws IllegalArgumentException if this is for another number of rows
   */
  List<AdapterSegment> segments(int rows);
}
