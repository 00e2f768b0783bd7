package io.github.lora4j.optim;

import io.github.lora4j.autograd.Parameter;
import io.github.lora4j.tensor.Tensor;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * {@link AdamW} whose moments may be larger than memory: those of the first parameters, as many as
 * fit a budget, are in memory, those of the rest in a mapped file that the operating system pages.
 * Parameters and state are those of {@link AdamW}, bit for bit. For one thread.
 *
 * <p>The space of the file is given back when it is closed and the mappings have been garbage
 * collected.
 */
public final class PagedAdamW implements Optimizer {
  private static final int CHUNK = 1 << 14;

  /** Values in one mapping: 256 MB. */
  static final int SEGMENT = 1 << 26;

  private record Moments(PagedFloats first, PagedFloats second) {}

  private final List<Parameter> parameters;
  private final AdamWConfig config;
  private final AdamW inMemory;
  private final List<Moments> paged = new ArrayList<>();
  private final PageFile file;
  private final float[] first = new float[CHUNK];
  private final float[] second = new float[CHUNK];

  /**
   * An optimizer of {@code parameters} that has not taken a step.
   *
   * @param folder where the file goes, if there is one; it is made if it is missing
   * @param memoryBudget bytes of moments that may be in memory, at least 0; a value takes 8
   * @throws java.io.UncheckedIOException if the folder cannot be written to or has too little
   *     space; nothing is left behind
   */
  public PagedAdamW(
      List<Parameter> parameters, AdamWConfig config, Path folder, long memoryBudget) {
    this(parameters, config, folder, memoryBudget, SEGMENT);
  }

  PagedAdamW(
      List<Parameter> parameters,
      AdamWConfig config,
      Path folder,
      long memoryBudget,
      int segmentSize) {
    if (memoryBudget < 0) {
      throw new IllegalArgumentException(
          "the memory budget is " + memoryBudget + " bytes, must be at least 0");
    }
    this.parameters = List.copyOf(parameters);
    this.config = config;
    int fitting = fitting(sizes(parameters), memoryBudget);
    inMemory = new AdamW(this.parameters.subList(0, fitting), config);
    long rest = pagedBytes();
    file = rest == 0 ? null : PageFile.create(folder, rest, segmentSize);
    try {
      for (int i = fitting; i < parameters.size(); i++) {
        int size = parameters.get(i).value().size();
        paged.add(new Moments(file.next(size), file.next(size)));
      }
    } catch (RuntimeException | Error e) {
      close();
      throw e;
    }
  }

  /** How many of the first parameters have their moments in memory. */
  private static int fitting(List<Integer> sizes, long memoryBudget) {
    int fitting = 0;
    long taken = 0;
    while (fitting < sizes.size() && taken + AdamW.stateBytes(sizes.get(fitting)) <= memoryBudget) {
      taken += AdamW.stateBytes(sizes.get(fitting++));
    }
    return fitting;
  }

  /**
   * Bytes of moments that are in memory.
   *
   * @param sizes values of each parameter
   */
  public static long stateBytes(List<Integer> sizes, long memoryBudget) {
    List<Integer> held = sizes.subList(0, fitting(sizes, memoryBudget));
    return held.stream().mapToLong(AdamW::stateBytes).sum();
  }

  private static List<Integer> sizes(List<Parameter> parameters) {
    return parameters.stream().map(parameter -> parameter.value().size()).toList();
  }

  @Override
  public void step(double learningRate) {
    inMemory.step(learningRate);
    int firstPaged = inMemory.parameters().size();
    for (int i = 0; i < paged.size(); i++) {
      Parameter parameter = parameters.get(firstPaged + i);
      AdamWStep step = AdamWStep.of(config, inMemory.steps(), learningRate, parameter);
      update(step, parameter, paged.get(i));
    }
  }

  private void update(AdamWStep step, Parameter parameter, Moments moments) {
    float[] p = parameter.value().data();
    float[] g = parameter.grad().data();
    int size = parameter.value().size();
    for (int from = 0; from < size; from += CHUNK) {
      int count = Math.min(CHUNK, size - from);
      moments.first.read(from, first, count);
      moments.second.read(from, second, count);
      step.update(p, g, from, first, second, count);
      moments.first.write(from, first, count);
      moments.second.write(from, second, count);
    }
  }

  @Override
  public List<Parameter> parameters() {
    return parameters;
  }

  @Override
  public long steps() {
    return inMemory.steps();
  }

  @Override
  public void restoreSteps(long taken) {
    inMemory.restoreSteps(taken);
  }

  @Override
  public String stateFormat() {
    return AdamW.FORMAT;
  }

  @Override
  public List<StateTensor> state(int index) {
    int firstPaged = inMemory.parameters().size();
    if (index < firstPaged) {
      return inMemory.state(index);
    }
    Tensor value = parameters.get(index).value();
    Moments moments = paged.get(index - firstPaged);
    return List.of(
        StateTensor.like(value, AdamW.FIRST, moments.first),
        StateTensor.like(value, AdamW.SECOND, moments.second));
  }

  @Override
  public long stateBytes() {
    return inMemory.stateBytes();
  }

  /** How many bytes of moments are in the file. */
  public long pagedBytes() {
    long bytes = 0;
    for (int i = inMemory.parameters().size(); i < parameters.size(); i++) {
      bytes += AdamW.stateBytes(parameters.get(i).value().size());
    }
    return bytes;
  }

  @Override
  public void close() {
    if (file != null) {
      file.close();
    }
  }
}
