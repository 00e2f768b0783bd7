package io.github.lora4j.models.classify;

import io.github.lora4j.compute.FloatBuffers;
import io.github.lora4j.lora.LoraConfig;
import io.github.lora4j.memory.MemoryEstimate;
import io.github.lora4j.memory.RuntimeMemory;
import io.github.lora4j.memory.ShapeOps;
import io.github.lora4j.memory.ShapeVar;
import io.github.lora4j.models.bert.HeadNames;
import io.github.lora4j.models.encoder.EncoderSource;
import io.github.lora4j.models.memory.AdapterSizes;
import io.github.lora4j.models.memory.ModelMemory;
import io.github.lora4j.models.memory.PartTapes;
import io.github.lora4j.models.memory.TaskMemory;
import io.github.lora4j.models.memory.TrainingShape;
import io.github.lora4j.tensor.Ragged;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.BiFunction;
import java.util.stream.IntStream;

/**
 * Estimates what a {@link ClassificationTask} takes, before the base is loaded. Immutable and
 * thread-safe.
 */
public final class ClassificationMemory implements TaskMemory {
  private final ModelMemory model;
  private final AdapterSizes adapter;
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
    this.model = model;
    this.adapter = new AdapterSizes(lora, model.linearModules());
    this.labels = labels;
    this.head = head;
    this.texts = texts;
    this.threads = threads;
  }

  @Override
  public MemoryEstimate estimate(TrainingShape shape, RuntimeMemory runtime) {
    List<Integer> sizes = parameterSizes();
    long values = sizes.stream().mapToLong(Integer::longValue).sum();
    return MemoryEstimate.of(
        model.weightBytes(shape.format()) + adapter.residualBytes(shape.format()),
        0,
        TaskMemory.adapterBytes(values),
        shape.optimizer().applyAsLong(sizes),
        Math.max(training(shape).bytes(), evaluation(shape).bytes()),
        texts.bytes(),
        model.loadingBytes(),
        runtime);
  }

  /** Values of each parameter, in the order of {@link ClassificationTask#parameters}. */
  private List<Integer> parameterSizes() {
    List<Integer> sizes = new ArrayList<>(adapter.parameters(model.biasSizes()));
    if (head != null && head.savesDense()) {
      sizes.add(model.hiddenSize() * model.hiddenSize());
      sizes.add(model.hiddenSize());
    }
    sizes.add(labels * model.hiddenSize());
    sizes.add(labels);
    return sizes;
  }

  @Override
  public void reserve(TrainingShape shape, FloatBuffers buffers) {
    buffers.reserve(training(shape).lengths());
  }

  @Override
  public int longest() {
    return IntStream.concat(Arrays.stream(texts.train()), Arrays.stream(texts.eval()))
        .max()
        .orElse(0);
  }

  private PartTapes training(TrainingShape shape) {
    Passes passes =
        new Passes(
            shape.cut(texts.train()), (ops, lengths) -> ops.crossEntropy(logits(ops, lengths)));
    return PartTapes.training(
        texts.train().length, shape, texts.epochs(), texts.seed(), threads, passes);
  }

  private PartTapes evaluation(TrainingShape shape) {
    Passes passes = new Passes(shape.cut(texts.eval()), this::logits);
    return PartTapes.inference(texts.eval().length, threads, passes);
  }

  /**
   * Passes over texts of which only the lengths matter.
   *
   * @param lengths of all texts
   */
  private record Passes(int[] lengths, BiFunction<ShapeOps, int[], ShapeVar> pass)
      implements PartTapes.Pass {
    @Override
    public Ragged rows(int[] examples) {
      return Ragged.of(chosen(examples));
    }

    @Override
    public ShapeVar of(ShapeOps ops, int[] examples) {
      return pass.apply(ops, chosen(examples));
    }

    private int[] chosen(int[] examples) {
      return Arrays.stream(examples).map(i -> lengths[i]).toArray();
    }
  }

  private ShapeVar logits(ShapeOps ops, int[] lengths) {
    int texts = lengths.length;
    ShapeVar pooled =
        ops.tape()
            .scope(
                () -> {
                  ShapeVar hidden = model.hiddenStates(ops, lengths, adapter.updates());
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
}
