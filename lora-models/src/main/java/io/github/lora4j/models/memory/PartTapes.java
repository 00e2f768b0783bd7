package io.github.lora4j.models.memory;

import io.github.lora4j.memory.ShapeOps;
import io.github.lora4j.memory.ShapeTape;
import io.github.lora4j.memory.ShapeVar;
import io.github.lora4j.models.batch.BatchOrder;
import io.github.lora4j.models.batch.BatchPart;
import io.github.lora4j.models.batch.ParallelInference;
import io.github.lora4j.models.batch.ParallelTraining;
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
  @FunctionalInterface
  public interface Pass {
    /**
     * Runs by shape.
     *
     * @param examples their numbers
     * @param lengths their tokens
     */
    ShapeVar of(ShapeOps ops, int[] examples, int[] lengths);
  }

  /**
   * Forward and backward over the batch that takes most.
   *
   * @param lengths tokens of all examples
   * @param epochs passes over them
   * @param seed of their order
   * @param loss of a part, a single value
   */
  public static PartTapes training(
      int[] lengths, TrainingShape shape, int epochs, long seed, int threads, Pass loss) {
    return LargestBatches.of(lengths, shape.batchSize(), epochs, seed).stream()
        .map(batch -> training(batch, lengths, threads, shape.checkpointActivations(), loss))
        .max(Comparator.comparingLong(PartTapes::bytes))
        .orElseThrow();
  }

  private static PartTapes training(
      int[] examples, int[] lengths, int threads, boolean checkpointing, Pass loss) {
    int[] batch = BatchOrder.balanced(examples, i -> lengths[i]);
    List<int[]> sequences = sequences(batch, lengths);
    List<BatchPart> parts = ParallelTraining.parts(sequences, threads);
    return new PartTapes(
        parts.stream()
            .map(
                part -> {
                  ShapeTape tape = ShapeTape.training(checkpointing);
                  ShapeOps ops = new ShapeOps(tape, parts.size() == 1 ? threads : 1);
                  int[] some = Arrays.copyOfRange(batch, part.from(), part.to());
                  tape.backward(loss.of(ops, some, chosen(some, lengths)));
                  return tape;
                })
            .toList());
  }

  /** Forward over all examples: the largest parts, one on each thread. */
  public static PartTapes inference(int[] lengths, int threads, Pass pass) {
    int[] all = new int[lengths.length];
    Arrays.setAll(all, i -> i);
    List<BatchPart> parts = ParallelInference.parts(sequences(all, lengths));
    int sharing = parts.size() < threads ? threads : 1;
    return new PartTapes(
        parts.stream()
            .map(part -> Arrays.copyOfRange(all, part.from(), part.to()))
            .sorted((a, b) -> Integer.compare(tokens(b, lengths), tokens(a, lengths)))
            .limit(threads)
            .map(
                examples -> {
                  ShapeTape tape = ShapeTape.inference();
                  pass.of(new ShapeOps(tape, sharing), examples, chosen(examples, lengths));
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

  private static int tokens(int[] examples, int[] lengths) {
    return Arrays.stream(chosen(examples, lengths)).sum();
  }

  private static int[] chosen(int[] examples, int[] lengths) {
    return Arrays.stream(examples).map(i -> lengths[i]).toArray();
  }

  /** Sequences of these lengths: only those matter where a batch is divided. */
  private static List<int[]> sequences(int[] examples, int[] lengths) {
    return Arrays.stream(examples).mapToObj(i -> new int[lengths[i]]).toList();
  }
}
