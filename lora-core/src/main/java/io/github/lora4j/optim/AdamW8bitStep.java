package io.github.lora4j.optim;

import io.github.lora4j.autograd.Parameter;

/**
 * The arithmetic of one step of bitsandbytes' Adam on the CPU in float32. Each {@code fma} is one
 * rounding in PyTorch's kernels too, so that both moments are theirs bit for bit.
 */
record AdamW8bitStep(
    float beta1,
    float keep1,
    float beta2,
    float keep2,
    float decay,
    double rate,
    double correction1,
    double correction2,
    double eps) {

  /** The numbers of a step for a parameter, by its group of LoRA+. */
  static AdamW8bitStep of(AdamWConfig config, long step, double learningRate, Parameter parameter) {
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
  private static AdamW8bitStep of(AdamWConfig config, long step, double learningRate) {
    return new AdamW8bitStep(
        (float) config.beta1(),
        (float) (1 - config.beta1()),
        (float) config.beta2(),
        (float) (1 - config.beta2()),
        (float) (1 - learningRate * config.weightDecay()),
        learningRate,
        1 - Math.pow(config.beta1(), step),
        Math.sqrt(1 - Math.pow(config.beta2(), step)),
        config.eps());
  }

  /**
   * Updates {@code count} parameters from {@code from} whose moments are kept in 8 bits.
   *
   * @param p parameters
   * @param g gradients
   * @param m decoded first moments, from 0
   * @param v decoded second moments, from 0
   */
  void update8bit(float[] p, float[] g, int from, float[] m, float[] v, int count) {
    float root = (float) correction2;
    float epsilon = (float) eps;
    float stepSize = (float) (-rate / correction1);
    moments(g, from, m, v, count);
    for (int i = 0; i < count; i++) {
      float denominator = (float) Math.sqrt(v[i]) / root + epsilon;
      p[from + i] = p[from + i] * decay + stepSize * m[i] / denominator;
    }
  }

  /** Updates parameters whose moments are kept in float32; the peer corrects them elsewhere. */
  void update32bit(float[] p, float[] g, float[] m, float[] v) {
    float epsilon = (float) (eps * correction2);
    float stepSize = (float) (-rate * correction2 / correction1);
    moments(g, 0, m, v, m.length);
    for (int i = 0; i < m.length; i++) {
      float update = m[i] / ((float) Math.sqrt(v[i]) + epsilon);
      p[i] = Math.fma(stepSize, update, p[i] * decay);
    }
  }

  private void moments(float[] g, int from, float[] m, float[] v, int count) {
    for (int i = 0; i < count; i++) {
      float grad = g[from + i];
      m[i] = Math.fma(keep1, grad, m[i] * beta1);
      v[i] = Math.fma(keep2 * grad, grad, v[i] * beta2);
    }
  }
}
