package io.github.lora4j.models.causal;

import io.github.lora4j.compute.FloatBuffers;
import io.github.lora4j.lora.LoraConfig;
import io.github.lora4j.memory.MemoryEstimate;
import io.github.lora4j.memory.RuntimeMemory;
import io.github.lora4j.memory.ShapeOps;
import io.github.lora4j.memory.ShapeOps.Update;
import io.github.lora4j.memory.ShapeVar;
import io.github.lora4j.models.batch.SharedPrefixes;
import io.github.lora4j.models.decoder.DecoderModel;
import io.github.lora4j.models.memory.AdapterSizes;
import io.github.lora4j.models.memory.PartTapes;
import io.github.lora4j.models.memory.TaskMemory;
import io.github.lora4j.models.memory.TrainingShape;
import io.github.lora4j.models.weights.WeightBytes;
import io.github.lora4j.models.weights.WeightFormat;
import io.github.lora4j.tensor.Ragged;
import io.github.lora4j.tensor.RunTree;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import java.util.stream.Stream;

/**
 * Estimates what a {@link CausalLmTask} takes, before its base is read: updates and biases are
 * counted, modules that are trained whole are not. Thread-safe.
 */
public final class CausalMemory implements TaskMemory {
  /** Objects of an example beside its ids: a record, an array, a set of bits. */
  private static final int OBJECTS = 96;

  private final Function<WeightFormat, UnreadDecoder> models;
  private final LoraConfig lora;
  private final List<CausalExample> train;
  private final List<CausalExample> eval;
  private final int epochs;
  private final long seed;
  private final int threads;
  private final Map<WeightFormat, Sized> sized = new ConcurrentHashMap<>();
  private final Map<Batches, Activations> activations = new ConcurrentHashMap<>();

  /**
   * @param models the base, unread, with its weights in a format
   * @param train at least one example
   * @param eval held-out examples, or an empty list
   * @param epochs passes over them
   * @param seed of their order
   * @param threads that compute
   */
  public CausalMemory(
      Function<WeightFormat, UnreadDecoder> models,
      LoraConfig lora,
      List<CausalExample> train,
      List<CausalExample> eval,
      int epochs,
      long seed,
      int threads) {
    this.models = models;
    this.lora = lora.toBuilder().taskType(LoraConfig.CAUSAL_LM).build();
    this.train = List.copyOf(train);
    this.eval = List.copyOf(eval);
    this.epochs = epochs;
    this.seed = seed;
    this.threads = threads;
  }

  /** A model in some format with an adapter. */
  private record Sized(DecoderModel model, WeightBytes weights, AdapterSizes adapter) {
    List<Integer> parameters() {
      return adapter.parameters(model.biases().values().stream().map(bias -> bias.length).toList());
    }
  }

  /** What takes most in training, and in training or evaluation. */
  private record Activations(PartTapes training, long bytes) {}

  /** What activations depend on. */
  private record Batches(int size, boolean checkpointActivations, int maxLength) {}

  private Sized sized(TrainingShape shape) {
    return sized.computeIfAbsent(
        shape.format(),
        format -> {
          UnreadDecoder unread = models.apply(format);
          return new Sized(
              unread.model(),
              unread.weights().bytes(),
              new AdapterSizes(lora, unread.model().targets()));
        });
  }

  @Override
  public MemoryEstimate estimate(TrainingShape shape, RuntimeMemory runtime) {
    Sized sized = sized(shape);
    List<Integer> sizes = sized.parameters();
    long values = sizes.stream().mapToLong(Integer::longValue).sum();
    return MemoryEstimate.of(
        sized.weights.heap() + sized.adapter.residualBytes(shape.format()),
        sized.weights.mapped(),
        TaskMemory.adapterBytes(values),
        shape.optimizer().applyAsLong(sizes),
        activations(sized, shape).bytes,
        bytes(train) + bytes(eval),
        sized.weights.passed() + sized.weights.reading(),
        runtime);
  }

  private Activations activations(Sized sized, TrainingShape shape) {
    return activations.computeIfAbsent(
        new Batches(shape.batchSize(), shape.checkpointActivations(), shape.maxLength()),
        key -> {
          PartTapes training = training(sized, shape);
          long bytes = Math.max(training.bytes(), evaluation(sized, shape).bytes());
          return new Activations(training, bytes);
        });
  }

  private static long bytes(List<CausalExample> examples) {
    return examples.stream()
        .mapToLong(example -> OBJECTS + (Integer.BYTES * 8L + 1) * example.ids().length / 8)
        .sum();
  }

  @Override
  public void reserve(TrainingShape shape, FloatBuffers buffers) {
    buffers.reserve(activations(sized(shape), shape).training.lengths());
  }

  @Override
  public int longest() {
    return Stream.concat(train.stream(), eval.stream())
        .mapToInt(example -> example.ids().length)
        .max()
        .orElse(0);
  }

  /** An example of which nothing that is learned would be left cannot be cut. */
  @Override
  public boolean allows(TrainingShape shape) {
    return train.stream().allMatch(example -> labels(example, shape) > 0)
        && eval.stream().allMatch(example -> labels(example, shape) > 0);
  }

  private static int labels(CausalExample example, TrainingShape shape) {
    return example.learned().get(0, shape.maxLength()).cardinality();
  }

  private PartTapes training(Sized sized, TrainingShape shape) {
    ExampleSharing sharing = ExampleSharing.training(sized.model, lora.loraDropout());
    Loss loss = new Loss(sized, sharing, cut(train, shape));
    return PartTapes.training(train.size(), shape, epochs, seed, threads, loss);
  }

  private PartTapes evaluation(Sized sized, TrainingShape shape) {
    ExampleSharing sharing = ExampleSharing.evaluation(sized.model);
    Loss loss = new Loss(sized, sharing, cut(eval, shape));
    return PartTapes.inference(eval.size(), threads, loss);
  }

  private static List<CausalExample> cut(List<CausalExample> examples, TrainingShape shape) {
    return examples.stream().map(example -> example.upTo(shape.maxLength())).toList();
  }

  /** As {@link CausalLoss} computes it. */
  private record Loss(Sized sized, ExampleSharing sharing, List<CausalExample> examples)
      implements PartTapes.Pass {
    @Override
    public Ragged rows(int[] some) {
      return shared(some).own();
    }

    @Override
    public ShapeVar of(ShapeOps ops, int[] some) {
      Map<String, Update> updates = sized.adapter.updates();
      int labels = Arrays.stream(some).map(i -> examples.get(i).labels()).sum();
      RunTree runs = shared(some).runs();
      int rows = sharing.narrows() ? labels : runs.rows().rows();
      ShapeVar hidden = sized.model.hiddenShape(ops, runs, updates, rows);
      ShapeVar selected = sharing.narrows() ? hidden : ops.gatherRows(hidden, labels);
      return sized.model.lossShape(ops, selected, updates);
    }

    private SharedPrefixes shared(int[] some) {
      return sharing.of(Arrays.stream(some).mapToObj(examples::get).toList());
    }
  }
}
