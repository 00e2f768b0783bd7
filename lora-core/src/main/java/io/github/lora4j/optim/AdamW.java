package io.github.lora4j.optim;

import io.github.lora4j.autograd.Parameter;
import io.github.lora4j.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;

/**
 * Adam with decoupled weight decay (Loshchilov and Hutter, 2019), step for step as {@code
 * torch.optim.AdamW} computes it in float32. Holds 8 bytes per trained value. For one thread.
 */
public final class AdamW implements Optimizer {
  static final String FORMAT = "adamw";
  static final String FIRST = "exp_avg";
  static final String SECOND = "exp_avg_sq";

  private final List<Parameter> parameters;
  private final AdamWConfig config;
  private final List<float[]> firstMoments = new ArrayList<>();
  private final List<float[]> secondMoments = new ArrayList<>();
  private long steps;

  /** An optimiser of {@code parameters} that has not taken a step. */
  public AdamW(List<Parameter> parameters, AdamWConfig config) {
    this.parameters = List.copyOf(parameters);
    this.config = config;
    for (Parameter parameter : parameters) {
      firstMoments.add(new float[parameter.value().size()]);
      secondMoments.add(new float[parameter.value().size()]);
    }
  }

  /** Bytes of the state of a parameter with {@code size} values. */
  public static long stateBytes(int size) {
    return 2L * Float.BYTES * size;
  }

  @Override
  public void step(double learningRate) {
    steps++;
    for (int i = 0; i < parameters.size(); i++) {
      Parameter parameter = parameters.get(i);
      AdamWStep step = AdamWStep.of(config, steps, learningRate, parameter);
      step.update(
          parameter.value().data(),
          parameter.grad().data(),
          0,
          firstMoments.get(i),
          secondMoments.get(i),
          parameter.value().size());
    }
  }

  @Override
  public List<Parameter> parameters() {
    return parameters;
  }

  @Override
  public long steps() {
    return steps;
  }

  @Override
  public void restoreSteps(long taken) {
    steps = taken;
  }

  @Override
  public String stateFormat() {
    return FORMAT;
  }

  @Override
  public List<StateTensor> state(int index) {
    Tensor value = parameters.get(index).value();
    return List.of(
        StateTensor.like(value, FIRST, StateValues.of(firstMoments.get(index))),
        StateTensor.like(value, SECOND, StateValues.of(secondMoments.get(index))));
  }

  @Override
  public long stateBytes() {
    return firstMoments.stream().mapToLong(moment -> 2L * Float.BYTES * moment.length).sum();
  }

  /** The first moment of the parameter at {@code index}: the state itself, not a copy. */
  public float[] firstMoment(int index) {
    return firstMoments.get(index);
  }

  /** The second moment of the parameter at {@code index}: the state itself, not a copy. */
  public float[] secondMoment(int index) {
    return secondMoments.get(index);
  }
}
