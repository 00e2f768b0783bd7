package io.github.lora4j.optim;

import io.github.lora4j.autograd.Parameter;

/** The arithmetic of one step of {@code torch.optim.AdamW} in float32, wherever the moments are. */
record AdamWStep(
    float keep1,
    float beta2,
    float keep2,
    float eps,
    float decay,
    float stepSize,
    float correction2) {

  /** The numbers of a step for a parameter, by its group of LoRA+. */
  static AdamWStep of(AdamWConfig config, long step, double learningRate, Parameter parameter) {
    return of(
        LoraPlus.config(config, parameter),
        step,
        LoraPlus.learningRate(config, learningRate, parameter));
  }

  /**
   * The numbers of a step.
   *
   * @param step from 1
   */
  private static AdamWStep of(AdamWConfig config, long step, double learningRate) {
    return new AdamWStep(
        (float) (1 - config.beta1()),
        (float) config.beta2(),
        (float) (1 - config.beta2()),
        (float) config.eps(),
        (float) (1 - learningRate * config.weightDecay()),
        (float) (learningRate / (1 - Math.pow(config.beta1(), step))),
        (float) Math.sqrt(1 - Math.pow(config.beta2(), step)));
  }

  /**
   * Updates {@code count} parameters from {@code from}.
   *
   * @param p parameters
   * @param g gradients
   * @param m first moments, from 0
   * @param v second moments, from 0
   */
  void update(float[] p, float[] g, int from, float[] m, float[] v, int count) {
    for (int i = 0; i < count; i++) {
      float grad = g[from + i];
      m[i] += keep1 * (grad - m[i]);
      v[i] = beta2 * v[i] + keep2 * grad * grad;
      float denominator = (float) Math.sqrt(v[i]) / correction2 + eps;
      p[from + i] = p[from + i] * decay - stepSize * m[i] / denominator;
    }
  }
}
