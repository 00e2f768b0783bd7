package io.github.lora4j.lora;

import io.github.lora4j.autograd.GatherRows;
import io.github.lora4j.autograd.Tape;
import io.github.lora4j.autograd.Var;
import io.github.lora4j.tensor.Tensor;
import java.util.List;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.stream.IntStream;

/** What rows with different adapters share only if no adapter changes it. */
public final class EachSegment {
  /** An operation on the rows of one adapter. */
  @FunctionalInterface
  public interface RowOperation {
    /** From {@code [rows, cols]} to {@code [rows, out]}. */
    Var apply(Var rows, ActiveAdapter adapter);
  }

  private EachSegment() {}

  /**
   * Applies an operation to all rows at once, or if an adapter changes it, to each segment.
   *
   * @param x {@code [rows, cols]}
   * @param changes whether the operation with an adapter differs from that of the base
   * @return {@code [rows, out]}, in the order of the rows
   * @throws IllegalStateException if several adapters meet on a tape that records
   */
  public static Var apply(
      Tape tape,
      Var x,
      BatchAdapters adapters,
      Predicate<ActiveAdapter> changes,
      RowOperation operation) {
    int count = x.value().rows();
    return apply(
        tape,
        count,
        adapters,
        changes,
        segment -> {
          boolean all = segment.from() == 0 && segment.to() == count;
          Var rows = all ? x : rows(tape, x, List.of(segment));
          return operation.apply(rows, segment.adapter());
        });
  }

  /**
   * The same of an operation that finds its rows by itself.
   *
   * @param rows how many there are
   * @param operation gives {@code [segment.to() - segment.from(), out]}
   */
  public static Var apply(
      Tape tape,
      int rows,
      BatchAdapters adapters,
      Predicate<ActiveAdapter> changes,
      Function<AdapterSegment, Var> operation) {
    List<AdapterSegment> segments = adapters.segments(rows);
    if (segments.size() == 1) {
      return operation.apply(segments.get(0));
    }
    requireInference(tape);
    if (segments.stream().noneMatch(segment -> changes.test(segment.adapter()))) {
      return operation.apply(new AdapterSegment(ActiveAdapter.NONE, 0, rows));
    }
    Tensor y = null;
    for (AdapterSegment segment : segments) {
      Tensor part = operation.apply(segment).value();
      y = y == null ? tape.matrix(rows, part.cols()) : y;
      System.arraycopy(part.data(), 0, y.data(), segment.from() * part.cols(), part.size());
    }
    return Var.constant(y);
  }

  static void requireInference(Tape tape) {
    if (tape.recording()) {
      throw new IllegalStateException("a batch with several adapters cannot be trained");
    }
  }

  /** The rows of some segments, one after the other. */
  static Var rows(Tape tape, Var x, List<AdapterSegment> segments) {
    return GatherRows.apply(
        tape,
        x,
        segments.stream()
            .flatMapToInt(segment -> IntStream.range(segment.from(), segment.to()))
            .toArray());
  }
}
