package io.github.lora4j.lora;

import io.github.lora4j.tensor.Ragged;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A batch with several adapters: what the base computes is computed for all rows at once, then each
 * adapter changes its own rows. For inference only. Immutable.
 *
 * @param segments they begin at row 0 and leave no gap
 */
public record RowAdapters(List<AdapterSegment> segments) implements BatchAdapters {
  /** Checks that the segments follow each other. */
  public RowAdapters {
    segments = List.copyOf(segments);
    int next = 0;
    for (AdapterSegment segment : segments) {
      if (segment.from() != next || segment.to() <= next) {
        throw new IllegalArgumentException(
            "a segment of rows " + segment.from() + " to " + segment.to() + " at row " + next);
      }
      next = segment.to();
    }
  }

  /**
   * An adapter for each sequence. Neighbours with the same one share a segment, see {@link #order}.
   *
   * @param adapters one for each sequence of {@code batch}
   */
  public static RowAdapters of(Ragged batch, List<? extends ActiveAdapter> adapters) {
    if (adapters.size() != batch.sequences()) {
      throw new IllegalArgumentException(
          adapters.size() + " adapters for " + batch.sequences() + " sequences");
    }
    for (int s = 0; s < adapters.size(); s++) {
      if (adapters.get(s) == null) {
        throw new IllegalArgumentException(
            "sequence " + s + " has no adapter; ActiveAdapter.NONE is the base alone");
      }
    }
    List<AdapterSegment> segments = new ArrayList<>();
    for (int s = 0; s < adapters.size(); ) {
      int end = s + 1;
      while (end < adapters.size() && adapters.get(end).equals(adapters.get(s))) {
        end++;
      }
      int to = batch.start(end - 1) + batch.length(end - 1);
      if (to > batch.start(s)) {
        segments.add(new AdapterSegment(adapters.get(s), batch.start(s), to));
      }
      s = end;
    }
    return new RowAdapters(segments);
  }

  /**
   * In which order to take the parts of a batch so that those with equal adapters are neighbours:
   * first all that have the adapter of the first, and so on.
   *
   * @return their numbers
   */
  public static int[] order(List<?> adapters) {
    Map<Object, List<Integer>> groups = new LinkedHashMap<>();
    for (int i = 0; i < adapters.size(); i++) {
      groups.computeIfAbsent(adapters.get(i), a -> new ArrayList<>()).add(i);
    }
    return groups.values().stream().flatMap(List::stream).mapToInt(i -> i).toArray();
  }

  @Override
  public List<AdapterSegment> segments(int rows) {
    int known = segments.isEmpty() ? 0 : segments.get(segments.size() - 1).to();
    if (rows != known) {
      throw new IllegalArgumentException("adapters for " + known + " rows, but there are " + rows);
    }
    return segments;
  }
}
