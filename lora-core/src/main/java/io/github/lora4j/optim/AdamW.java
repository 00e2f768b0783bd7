package io.github.lora4j.optim;

import io.github.lora4j.autograd.Parameter;
import java.util.ArrayList;
import java.util.List;

/**
 * Adam with decoupled weight decay (Loshchilov and Hutter, 2019), step for step as {@code
 * torch.optim.AdamW} computes it in float32. For one thread.
 */
public final class AdamW {
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

  /** Changes the parameters by their gradients, which stay as they are. */
  public void step(double learningRate) {
    steps++;
    double correction1 = 1 - Math.pow(config.beta1(), steps);
    double correction2 = Math.sqrt(1 - Math.pow(config.beta2(), steps));
    float decay = (float) (1 - learningRate * config.weightDecay());
    float stepSize = (float) (learningRate / correction1);
    for (int i = 0; i < parameters.size(); i++) {
      Parameter parameter = parameters.get(i);
      update(
          parameter.value().data(),
          parameter.grad().data(),
          firstMoments.get(i),
          secondMoments.get(i),
          decay,
          stepSize,
          (float) correction2);
    }
  }

  private void update(
      float[] p, float[] g, float[] m, float[] v, float decay, float stepSize, float correction2) {
    float keep1 = (float) (1 - config.beta1());
    float beta2 = (float) config.beta2();
    float keep2 = (float) (1 - config.beta2());
    float eps = (float) config.eps();
    for (int i = 0; i < m.length; i++) {
      m[i] += keep1 * (g[i] - m[i]);
      v[i] = beta2 * v[i] + keep2 * g[i] * g[i];
      float denominator = (float) Math.sqrt(v[i]) / correction2 + eps;
      p[i] = p[i] * decay - stepSize * m[i] / denominator;
    }
  }

  /** Sets all gradients to zero. */
  public void zeroGrad() {
    parameters.forEach(Parameter::zeroGrad);
  }

  /** The parameters, in the order given. */
  public List<Parameter> parameters() {
    return parameters;
  }

  /** How many steps have been taken. */
  public long steps() {
    return steps;
  }

  /** The first moment of the parameter at {@code index}: the state itself, not a copy. */
  public float[] firstMoment(int index) {
    return firstMoments.get(index);
  }

  /** The second moment of the parameter at {@code index}: the state itself, not a copy. */
  public float[] secondMoment(int index) {
    return secondMoments.get(index);
  }

  /** Continues from a saved number of steps; the moments are written to where they are. */
  public void restoreSteps(long taken) {
    steps = taken;
  }
}
