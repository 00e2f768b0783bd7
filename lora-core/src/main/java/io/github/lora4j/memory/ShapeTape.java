package io.github.lora4j.memory;

import io.github.lora4j.compute.FloatBuffers;
import io.github.lora4j.memory.ShapeVar.Block;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Supplier;
import java.util.stream.IntStream;

/**
 * Takes and gives back what a {@link io.github.lora4j.autograd.Tape} would, without computing: the
 * memory of a pass from shapes alone. {@link ShapeOps} has the operations. For one thread.
 */
public final class ShapeTape {
  private final boolean recording;
  private final boolean checkpointing;
  private final List<Block> taken = new ArrayList<>();
  private final List<Entry> entries = new ArrayList<>();
  private long bytes;
  private long peak;
  private int[] atPeak = {};

  private record Entry(ShapeVar out, Runnable backward) {}

  private ShapeTape(boolean recording, boolean checkpointing) {
    this.recording = recording;
    this.checkpointing = checkpointing;
  }

  /**
   * As {@link io.github.lora4j.autograd.Tape#trainingPart}.
   *
   * @param checkpointing as {@link io.github.lora4j.autograd.Tape#checkpointActivations}
   */
  public static ShapeTape training(boolean checkpointing) {
    return new ShapeTape(true, checkpointing);
  }

  /** As {@link io.github.lora4j.autograd.Tape#inference}. */
  public static ShapeTape inference() {
    return new ShapeTape(false, false);
  }

  /** The most bytes at a time so far. */
  public long peakBytes() {
    return peak;
  }

  /** The lengths of the buffers that were taken then. */
  public int[] peakLengths() {
    return atPeak.clone();
  }

  boolean recording() {
    return recording;
  }

  Block matrix(int rows, int cols) {
    Block block = new Block(Math.multiplyExact(rows, cols));
    taken.add(block);
    bytes += FloatBuffers.bytes(block.length);
    notePeak(bytes);
    return block;
  }

  /** Buffers that an operation takes for a while only. */
  void scratch(int... lengths) {
    notePeak(bytes + Arrays.stream(lengths).mapToLong(FloatBuffers::bytes).sum(), lengths);
  }

  private void notePeak(long now, int... scratch) {
    if (now > peak) {
      peak = now;
      IntStream lasting = taken.stream().mapToInt(block -> block.length);
      atPeak = IntStream.concat(lasting, Arrays.stream(scratch)).toArray();
    }
  }

  private void giveBack(Block block) {
    if (block != null && taken.remove(block)) {
      bytes -= FloatBuffers.bytes(block.length);
    }
  }

  /** The result of an operation. */
  ShapeVar result(int rows, int cols, ShapeVar... inputs) {
    boolean requiresGrad = false;
    for (ShapeVar input : inputs) {
      requiresGrad |= recording && input.requiresGrad();
    }
    return new ShapeVar(rows, cols, requiresGrad, matrix(rows, cols));
  }

  void record(ShapeVar out, Runnable backward) {
    if (out.requiresGrad()) {
      entries.add(new Entry(out, backward));
    }
  }

  /** Takes the gradient of {@code v} if it needs one and has none. */
  void gradOf(ShapeVar v) {
    if (v.requiresGrad() && v.grad() == null) {
      v.setGrad(matrix(v.rows(), v.cols()));
    }
  }

  /** As {@code addWritten} of a tape: into place if it is the first gradient. */
  void addWritten(ShapeVar v) {
    if (v.requiresGrad() && v.grad() != null) {
      matrix(v.rows(), v.cols());
    } else {
      gradOf(v);
    }
  }

  /** Computes a value again that was forgotten. */
  void read(ShapeVar v) {
    if (v.forgotten() && v.value() == null) {
      v.setValue(matrix(v.rows(), v.cols()));
    }
  }

  /** As {@link io.github.lora4j.autograd.Tape#forget}. */
  public void forget(ShapeVar v) {
    if (recording && v.value() != null) {
      giveBack(v.value());
      v.setValue(null);
      v.setForgotten(true);
    }
  }

  /** As {@link io.github.lora4j.autograd.Tape#scope}. */
  public ShapeVar scope(Supplier<ShapeVar> layer) {
    int mark = taken.size();
    ShapeVar out = layer.get();
    if (!recording) {
      releaseSince(mark, out);
    }
    return out;
  }

  /** As {@link io.github.lora4j.autograd.Tape#layer}. */
  public ShapeVar layer(Supplier<ShapeVar> layer) {
    if (!recording || !checkpointing) {
      return scope(layer);
    }
    int mark = taken.size();
    int first = entries.size();
    ShapeVar once = layer.get();
    entries.subList(first, entries.size()).clear();
    releaseSince(mark, once);
    ShapeVar out = new ShapeVar(once.rows(), once.cols(), once.requiresGrad(), once.value());
    record(out, () -> layerBackward(layer));
    return out;
  }

  private void layerBackward(Supplier<ShapeVar> layer) {
    int first = entries.size();
    ShapeVar again = layer.get();
    gradOf(again);
    unwind(first);
  }

  private void releaseSince(int mark, ShapeVar kept) {
    for (Block block : List.copyOf(taken.subList(mark, taken.size()))) {
      if (block != kept.value()) {
        giveBack(block);
      }
    }
  }

  /** As {@link io.github.lora4j.autograd.Tape#backward}. */
  public void backward(ShapeVar loss) {
    matrix(loss.rows(), loss.cols());
    gradOf(loss);
    unwind(0);
  }

  private void unwind(int first) {
    for (int i = entries.size() - 1; i >= first; i--) {
      Entry entry = entries.remove(i);
      if (entry.out.grad() != null) {
        entry.backward.run();
        giveBack(entry.out.grad());
        entry.out.setGrad(null);
      }
      giveBack(entry.out.value());
    }
  }
}
