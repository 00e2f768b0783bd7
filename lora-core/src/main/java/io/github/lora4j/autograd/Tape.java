package io.github.lora4j.autograd;

import io.github.lora4j.compute.Compute;
import io.github.lora4j.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Supplier;

/**
 * One forward computation: where its operations take their buffers and, for training, where they
 * note how gradients flow back.
 *
 * <p>An inference tape records nothing and gives a layer's buffers back as soon as the layer is
 * done ({@link #scope}). A training tape computes gradients only for what leads to a trainable
 * value. Closing the tape gives all buffers back, so values must be copied out before. For one
 * thread; the operations themselves run on the pool of the {@link Compute}.
 */
public final class Tape implements AutoCloseable {
  private final Compute compute;
  private final boolean recording;
  private final List<float[]> taken = new ArrayList<>();
  private final List<Entry> entries = new ArrayList<>();
  private final Map<Parameter, Var> standIns;
  private final int firstRow;
  private long seed;
  private boolean checkpointing;

  private record Entry(Var out, Runnable backward) {}

  private Tape(
      Compute compute, boolean recording, Map<Parameter, Var> standIns, long seed, int firstRow) {
    this.compute = compute;
    this.recording = recording;
    this.standIns = standIns;
    this.firstRow = firstRow;
    this.seed = seed;
  }

  /**
   * A tape that records.
   *
   * @param seed of the dropout masks
   */
  public static Tape training(Compute compute, long seed) {
    return new Tape(compute, true, null, seed, 0);
  }

  /**
   * A tape for a part of a batch, while other parts run on other threads: it keeps the gradients of
   * the parameters to itself until {@link #addParameterGrads}.
   *
   * @param seed of the dropout masks, the same for all parts
   * @param firstRow where this part begins in the rows of the whole batch: it draws the masks that
   *     it would draw there
   */
  public static Tape trainingPart(Compute compute, long seed, int firstRow) {
    return new Tape(compute, true, new LinkedHashMap<>(), seed, firstRow);
  }

  /** A tape that records nothing; dropout is off. */
  public static Tape inference(Compute compute) {
    return new Tape(compute, false, null, 0, 0);
  }

  /**
   * From now on {@link #layer} keeps nothing but the results of layers and computes a layer again
   * when its gradient is wanted (Chen et al., 2016, Training Deep Nets with Sublinear Memory Cost).
   * Gradients are the same bit for bit.
   */
  public Tape checkpointActivations() {
    checkpointing = true;
    return this;
  }

  /** What the operations compute with. */
  public Compute compute() {
    return compute;
  }

  /** True for a training tape. */
  public boolean recording() {
    return recording;
  }

  /** A matrix with undefined content that lives until the tape is closed. */
  public Tensor matrix(int rows, int cols) {
    float[] buffer = compute.buffers().borrow(Math.multiplyExact(rows, cols));
    taken.add(buffer);
    return Tensor.of(buffer, rows, cols);
  }

  /** A given value whose gradient is wanted, for example the input of a layer trained by itself. */
  public Var input(Tensor value) {
    return new Var(value, true);
  }

  /**
   * What an operation of this tape is to be given for {@code v}: the value itself, or on the tape
   * of a part of a batch a stand-in for a parameter.
   */
  public Var use(Var v) {
    return standIns != null && v instanceof Parameter parameter
        ? standIns.computeIfAbsent(parameter, p -> new Var(p.value(), true))
        : v;
  }

  /**
   * Adds the gradients that this tape of a part has kept to those of the parameters. In a fixed
   * order of the parts, the sums are the same bit for bit in every run.
   */
  public void addParameterGrads() {
    standIns.forEach(
        (parameter, standIn) -> {
          if (standIn.grad() != null) {
            float[] to = parameter.grad().data();
            compute.kernels().add(standIn.grad().data(), to, to, 0, parameter.grad().size());
          }
        });
  }

  /** The first row of this part in the whole batch. */
  int firstRow() {
    return firstRow;
  }

  /** The seed of the next random mask. */
  long nextSeed() {
    seed += 0x9E3779B97F4A7C15L;
    return seed;
  }

  /** The result of an operation; it requires a gradient if one of the inputs does. */
  Var result(Tensor value, Var... inputs) {
    boolean requiresGrad = false;
    for (Var input : inputs) {
      requiresGrad |= recording && input != null && input.requiresGrad();
    }
    return new Var(value, requiresGrad);
  }

  /**
   * The result of an operation that is cheap to repeat, see {@link #forget}.
   *
   * @param forward computes the value into a new buffer, the same bit for bit each time
   */
  Var repeatable(Supplier<Tensor> forward, Var... inputs) {
    return result(forward.get(), inputs).recomputedBy(forward);
  }

  /** Notes how the gradient of {@code out} becomes gradients of the inputs. */
  void record(Var out, Runnable backward) {
    if (out.requiresGrad()) {
      entries.add(new Entry(out, backward));
    }
  }

  /**
   * The gradient of {@code v} to write to: with undefined content if {@code v.grad()} was null, to
   * be added to otherwise.
   */
  Tensor gradOf(Var v) {
    if (v.grad() == null) {
      v.setGrad(matrix(v.rows(), v.cols()));
    }
    return v.grad();
  }

  /**
   * Adds a gradient that is written in one go: straight into place if it is the first.
   *
   * @param write sets every value of the tensor that it gets
   */
  void addWritten(Var v, Consumer<Tensor> write) {
    if (v.grad() == null) {
      write.accept(gradOf(v));
      return;
    }
    Tensor grad = matrix(v.rows(), v.cols());
    write.accept(grad);
    addGrad(v, grad);
  }

  /** Adds {@code dy}, the gradient of an output of the same shape, to the gradient of {@code v}. */
  void addGrad(Var v, Tensor dy) {
    if (!v.requiresGrad()) {
      return;
    }
    boolean first = v.grad() == null;
    float[] from = dy.data();
    float[] to = gradOf(v).data();
    compute
        .pool()
        .forRanges(
            dy.size(),
            1 << 14,
            (lo, hi) -> {
              if (first) {
                System.arraycopy(from, lo, to, lo, hi - lo);
              } else {
                compute.kernels().add(from, to, to, lo, hi);
              }
            });
  }

  /**
   * Computes the gradients of everything that led to {@code loss}, and adds those of the parameters
   * to their own. The buffers of a value are given back as soon as its gradient has been passed on.
   */
  public void backward(Var loss) {
    if (loss.value().size() != 1) {
      throw new IllegalArgumentException("the loss must be a single value, got " + loss.value());
    }
    Tensor one = matrix(1, 1);
    one.data()[0] = 1f;
    backward(loss, one);
  }

  /** As {@link #backward(Var)}, from a given gradient of {@code out}. */
  public void backward(Var out, Tensor grad) {
    if (!recording) {
      throw new IllegalStateException("backward on an inference tape");
    }
    if (!out.requiresGrad()) {
      throw new IllegalStateException("nothing that led to this value is trainable");
    }
    addGrad(out, grad);
    unwind(0, out);
  }

  /** Runs the notes from the last to number {@code first}; the value of {@code kept} stays. */
  private void unwind(int first, Var kept) {
    for (int i = entries.size() - 1; i >= first; i--) {
      Entry entry = entries.remove(i);
      if (entry.out.grad() != null) {
        entry.backward.run();
        giveBack(entry.out.grad());
        entry.out.setGrad(null);
      }
      if (entry.out != kept && entry.out.held() != null) {
        giveBack(entry.out.held());
      }
    }
  }

  /**
   * Gives back the buffer of a value while training, once every operation that takes it has been
   * applied: of an operation that is cheap to repeat, it is computed again for the gradients; of
   * others, no gradient may depend on it. An inference tape gives buffers back by itself.
   */
  public void forget(Var v) {
    if (recording && v.held() != null) {
      giveBack(v.held());
      v.forget();
    }
  }

  /**
   * Runs one layer. Without recording, every buffer that it took is given back but that of its
   * result.
   */
  public Var scope(Supplier<Var> layer) {
    int mark = taken.size();
    Var out = layer.get();
    if (!recording) {
      releaseSince(mark, out);
    }
    return out;
  }

  private void releaseSince(int mark, Var kept) {
    for (int i = taken.size() - 1; i >= mark; i--) {
      if (taken.get(i) != kept.value().data()) {
        compute.buffers().release(taken.remove(i));
      }
    }
  }

  /**
   * Runs one layer of a stack, as {@link #scope} without recording, and with {@link
   * #checkpointActivations} so that only its result is kept while training.
   *
   * @param layer computes a new value out of values that live longer than the layer; it is run
   *     again for the gradients
   */
  public Var layer(Supplier<Var> layer) {
    if (!recording || !checkpointing) {
      return scope(layer);
    }
    int mark = taken.size();
    int first = entries.size();
    long seedBefore = seed;
    Var once = layer.get();
    entries.subList(first, entries.size()).clear();
    releaseSince(mark, once);
    Var out = new Var(once.value(), once.requiresGrad());
    record(out, () -> layerBackward(layer, seedBefore, out));
    return out;
  }

  /** Computes a layer again, with the same random masks, and its gradients. */
  private void layerBackward(Supplier<Var> layer, long seedBefore, Var out) {
    int first = entries.size();
    long seedAfter = seed;
    seed = seedBefore;
    Var again = layer.get();
    seed = seedAfter;
    addGrad(again, out.grad());
    unwind(first, null);
  }

  private void giveBack(Tensor tensor) {
    for (int i = taken.size() - 1; i >= 0; i--) {
      if (taken.get(i) == tensor.data()) {
        compute.buffers().release(taken.remove(i));
        return;
      }
    }
  }

  /** Fills a gradient with zeros if it is new. */
  Tensor zeroedGradOf(Var v) {
    boolean first = v.grad() == null;
    Tensor grad = gradOf(v);
    if (first) {
      Arrays.fill(grad.data(), 0, grad.size(), 0f);
    }
    return grad;
  }

  @Override
  public void close() {
    entries.clear();
    for (float[] buffer : taken) {
      compute.buffers().release(buffer);
    }
    taken.clear();
  }
}
