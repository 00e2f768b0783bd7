package io.github.lora4j.models.memory;

import io.github.lora4j.memory.ShapeOps;
import io.github.lora4j.memory.ShapeTape;
import io.github.lora4j.memory.ShapeVar;
import io.github.lora4j.models.batch.BatchOrder;
import io.github.lora4j.models.batch.BatchPart;
import io.github.lora4j.models.batch.ParallelInference;
import io.github.lora4j.models.batch.ParallelTraining;
import io.github.lora4j.tensor.Ragged;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;

/**
 * The parts in which threads take a batch through a model, each on a tape of its own, by shape. All
 * are counted as if they were at their peak together.
 */
public final class PartTapes {
  private final List<ShapeTape> tapes;

  private PartTapes(List<ShapeTape> tapes) {
    this.tapes = tapes;
  }

  /** What is computed for some examples. */
  public interface Pass {
    /**
     * The rows that each example of a batch has for itself: what the batch is divided by.
     *
     * @param examples their numbers
     */
    Ragged rows(int[] examples);

    /**
     * Runs by shape.
     *
     * @param examples their numbers
     */
    ShapeVar of(ShapeOps ops, int[] examples);
  }

  /**
   * Forward and backward over the batch that takes most.
   *
   * @param examples how many there are
   * @param epochs passes over them
   * @param seed of their order
   * @param loss of a part, a single value
   */
  public static PartTapes training(
      int examples, TrainingShape shape, int epochs, long seed, int threads, Pass loss) {
    return LargestBatches.of(
            examples, batch -> loss.rows(batch).rows(), shape.batchSize(), epochs, seed)
        .stream()
        .map(batch -> training(batch, threads, shape.checkpointActivations(), loss))
        .max(Comparator.comparingLong(PartTapes::bytes))
        .orElseThrow();
  }

  private static PartTapes training(int[] examples, int threads, boolean checkpointing, Pass loss) {
    int[] order = BatchOrder.balanced(loss.rows(examples));
    int[] batch = Arrays.stream(order).map(i -> examples[i]).toArray();
    List<BatchPart> parts = ParallelTraining.parts(loss.rows(batch), threads);
    return new PartTapes(
        parts.stream()
            .map(
                part -> {
                  ShapeTape tape = ShapeTape.training(checkpointing);
                  ShapeOps ops = new ShapeOps(tape, parts.size() == 1 ? threads : 1);
                  int[] some = Arrays.copyOfRange(batch, part.from(), part.to());
                  tape.backward(loss.of(ops, some));
                  return tape;
                })
            .toList());
  }

  /**
   * Forward over all examples: the largest parts, one on each thread.
   *
   * @param examples how many there are
   */
  public static PartTapes inference(int examples, int threads, Pass pass) {
    int[] all = new int[examples];
    Arrays.setAll(all, i -> i);
    List<BatchPart> parts = ParallelInference.parts(pass.rows(all));
    int sharing = parts.size() < threads ? threads : 1;
    return new PartTapes(
        parts.stream()
            .map(part -> Arrays.copyOfRange(all, part.from(), part.to()))
            .sorted(Comparator.comparingInt((int[] part) -> -pass.rows(part).rows()))
            .limit(threads)
            .map(
                part -> {
                  ShapeTape tape = ShapeTape.inference();
                  pass.of(new ShapeOps(tape, sharing), part);
                  return tape;
                })
            .toList());
  }

  /** Bytes at the peak. */
  public long bytes() {
    return tapes.stream().mapToLong(ShapeTape::peakBytes).sum();
  }

  /** The lengths of the buffers that are taken then. */
  public int[] lengths() {
    return tapes.stream().flatMapToInt(tape -> Arrays.stream(tape.peakLengths())).toArray();
  }
}
