package io.github.lora4j.models.classify;

import io.github.lora4j.adapter.ModuleShape;
import io.github.lora4j.compute.FloatBuffers;
import io.github.lora4j.lora.LoraConfig;
import io.github.lora4j.lora.TargetModules;
import io.github.lora4j.memory.MemoryEstimate;
import io.github.lora4j.memory.RuntimeMemory;
import io.github.lora4j.memory.ShapeOps;
import io.github.lora4j.memory.ShapeOps.Update;
import io.github.lora4j.memory.ShapeTape;
import io.github.lora4j.memory.ShapeVar;
import io.github.lora4j.models.batch.BatchPart;
import io.github.lora4j.models.batch.ParallelInference;
import io.github.lora4j.models.batch.ParallelTraining;
import io.github.lora4j.models.bert.HeadNames;
import io.github.lora4j.models.encoder.EncoderSource;
import io.github.lora4j.models.memory.ModelMemory;
import io.github.lora4j.models.weights.WeightFormat;
import io.github.lora4j.train.EpochOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;

/**
 * Estimates what a {@link ClassificationTask} takes, before the base is loaded. Immutable and
 * thread-safe.
 */
public final class ClassificationMemory {
  /** Values, gradients, the best epoch's values and those that are saved. */
  private static final int COPIES = 4;

  /** Batches that are looked at: buffers are rounded up, so fewer tokens may take more. */
  private static final int CANDIDATES = 16;

  private final ModelMemory model;
  private final Map<String, Integer> ranks = new LinkedHashMap<>();
  private final boolean dropout;
  private final boolean dora;
  private final String bias;

  /** Whether A and B start as a part of the weights, which are trained over without it. */
  private final boolean residuals;

  private final int labels;
  private final HeadNames head;
  private final ClassificationTexts texts;
  private final int threads;

  /**
   * With a linear head over the mean.
   *
   * @param threads that compute
   * @throws IllegalArgumentException if no module is targeted
   */
  public ClassificationMemory(
      ModelMemory model, LoraConfig lora, int labels, ClassificationTexts texts, int threads) {
    this(model, lora, labels, null, texts, threads);
  }

  /**
   * With the head that a task over this source trains.
   *
   * @param threads that compute
   * @throws IllegalArgumentException if no module is targeted
   */
  public static ClassificationMemory of(
      EncoderSource source,
      LoraConfig lora,
      List<String> labels,
      ClassificationTexts texts,
      int threads) {
    boolean own = ClassificationTask.sameLabels(source.headLabels(), labels);
    HeadNames head = own ? source.config().head() : null;
    return new ClassificationMemory(source.memory(), lora, labels.size(), head, texts, threads);
  }

  private ClassificationMemory(
      ModelMemory model,
      LoraConfig lora,
      int labels,
      HeadNames head,
      ClassificationTexts texts,
      int threads) {
    this.head = head;
    this.model = model;
    this.dropout = lora.loraDropout() > 0;
    this.dora = lora.useDora();
    this.bias = lora.bias();
    this.residuals = lora.initLoraWeights().takesFromBase();
    this.labels = labels;
    this.texts = texts;
    this.threads = threads;
    List<String> modules = List.copyOf(model.linearModules().keySet());
    TargetModules.select(lora, modules).forEach(name -> ranks.put(name, lora.rank(name)));
  }

  /**
   * The estimate.
   *
   * @param runtime of the process
   */
  public MemoryEstimate estimate(TrainingShape shape, RuntimeMemory runtime) {
    List<Integer> sizes = parameterSizes();
    long values = sizes.stream().mapToLong(Integer::longValue).sum();
    return MemoryEstimate.of(
        model.weightBytes(shape.format()) + residualBytes(shape.format()),
        adapterBytes(values),
        shape.optimizer().applyAsLong(sizes),
        Math.max(bytes(training(shape)), bytes(evaluation(shape))),
        texts.bytes(),
        model.loadingBytes(),
        runtime);
  }

  /** What is trained over in the place of float32 weights, or beside weights in fewer bits. */
  private long residualBytes(WeightFormat format) {
    long bytes = 0;
    for (Map.Entry<String, Integer> entry : ranks.entrySet()) {
      ModuleShape shape = model.linearModules().get(entry.getKey());
      long factors = (long) Float.BYTES * entry.getValue() * (shape.in() + shape.out());
      long dense = (long) Float.BYTES * shape.out() * shape.in();
      boolean copied = format.bytes(shape.out(), shape.in()) >= dense;
      bytes += factors + (copied ? dense : factors);
    }
    return residuals ? bytes : 0;
  }

  /** Bytes of so many trained values, with what is held of each beside the optimizer's state. */
  public static long adapterBytes(long values) {
    return COPIES * Float.BYTES * values;
  }

  /** Values of each parameter, in the order of {@link ClassificationTask#parameters}. */
  private List<Integer> parameterSizes() {
    List<Integer> sizes = new ArrayList<>();
    ranks.forEach(
        (name, r) -> {
          ModuleShape shape = model.linearModules().get(name);
          sizes.add(r * shape.in());
          sizes.add(shape.out() * r);
          if (dora) {
            sizes.add(shape.out());
          }
        });
    switch (bias) {
      case "all" -> sizes.addAll(model.biasSizes());
      case "lora_only" ->
          ranks.keySet().forEach(name -> sizes.add(model.linearModules().get(name).out()));
      default -> {}
    }
    if (head != null && head.savesDense()) {
      sizes.add(model.hiddenSize() * model.hiddenSize());
      sizes.add(model.hiddenSize());
    }
    sizes.add(labels * model.hiddenSize());
    sizes.add(labels);
    return sizes;
  }

  /** Makes the buffers of the largest batch in advance, so that they do not grow to it. */
  public void reserve(TrainingShape shape, FloatBuffers buffers) {
    buffers.reserve(
        training(shape).stream().flatMapToInt(tape -> Arrays.stream(tape.peakLengths())).toArray());
  }

  private static long bytes(List<ShapeTape> tapes) {
    return tapes.stream().mapToLong(ShapeTape::peakBytes).sum();
  }

  /** The parts of the batch that takes most, forward and backward. */
  private List<ShapeTape> training(TrainingShape shape) {
    List<ShapeTape> most = List.of();
    for (int[] lengths : largestBatches(shape)) {
      List<int[]> batch = sequences(lengths);
      List<ShapeTape> tapes = new ArrayList<>();
      List<BatchPart> parts = ParallelTraining.parts(batch, threads);
      for (BatchPart part : parts) {
        ShapeTape tape = ShapeTape.training(shape.checkpointActivations());
        ShapeOps ops = new ShapeOps(tape, parts.size() == 1 ? threads : 1);
        int[] own = lengths(batch.subList(part.from(), part.to()));
        tape.backward(ops.crossEntropy(logits(ops, own)));
        tapes.add(tape);
      }
      if (bytes(tapes) > bytes(most)) {
        most = tapes;
      }
    }
    return most;
  }

  /** Lengths of the batches with the most tokens, out of all that a trainer will take. */
  private List<int[]> largestBatches(TrainingShape shape) {
    int[] lengths = shape.cut(texts.train());
    PriorityQueue<int[]> largest =
        new PriorityQueue<>(Comparator.comparingInt(batch -> Arrays.stream(batch).sum()));
    for (int epoch = 1; epoch <= texts.epochs(); epoch++) {
      int[] order = EpochOrder.of(texts.seed(), epoch, lengths.length);
      for (int from = 0; from < order.length; from += shape.batchSize()) {
        int to = (int) Math.min(order.length, (long) from + shape.batchSize());
        largest.add(Arrays.stream(order, from, to).map(i -> lengths[i]).toArray());
        if (largest.size() > CANDIDATES) {
          largest.remove();
        }
      }
    }
    return List.copyOf(largest);
  }

  /** The largest parts of the held-out texts, one on each thread. */
  private List<ShapeTape> evaluation(TrainingShape shape) {
    List<int[]> all = sequences(shape.cut(texts.eval()));
    List<BatchPart> parts = ParallelInference.parts(all);
    int sharing = parts.size() < threads ? threads : 1;
    return parts.stream()
        .map(part -> lengths(all.subList(part.from(), part.to())))
        .sorted((a, b) -> Integer.compare(Arrays.stream(b).sum(), Arrays.stream(a).sum()))
        .limit(threads)
        .map(lengths -> inference(lengths, sharing))
        .toList();
  }

  private ShapeTape inference(int[] lengths, int sharing) {
    ShapeTape tape = ShapeTape.inference();
    logits(new ShapeOps(tape, sharing), lengths);
    return tape;
  }

  private ShapeVar logits(ShapeOps ops, int[] lengths) {
    Map<String, Update> updates = new HashMap<>();
    ranks.forEach(
        (name, r) ->
            updates.put(name, Update.of(model.linearModules().get(name), r, dropout, dora)));
    int texts = lengths.length;
    ShapeVar pooled =
        ops.tape()
            .scope(
                () -> {
                  ShapeVar hidden = model.hiddenStates(ops, lengths, updates);
                  return head == null
                      ? ops.meanPooling(hidden, texts)
                      : ops.firstPooling(hidden, texts);
                });
    if (head != null) {
      pooled = ops.activate(linear(ops, pooled, model.hiddenSize(), head.savesDense()));
    }
    return linear(ops, pooled, labels, true);
  }

  private ShapeVar linear(ShapeOps ops, ShapeVar x, int out, boolean trained) {
    ShapeVar weight = trained ? ShapeVar.parameter(out, x.cols()) : ShapeVar.frozen(out, x.cols());
    return ops.linear(x, weight, trained ? ShapeVar.parameter(1, out) : ShapeVar.frozen(1, out));
  }

  /** Sequences of these lengths: only those matter where a batch is divided. */
  private static List<int[]> sequences(int[] lengths) {
    return Arrays.stream(lengths).mapToObj(int[]::new).toList();
  }

  private static int[] lengths(List<int[]> sequences) {
    return sequences.stream().mapToInt(sequence -> sequence.length).toArray();
  }
}
