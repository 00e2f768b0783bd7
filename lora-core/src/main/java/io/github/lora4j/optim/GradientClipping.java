package io.github.lora4j.optim;

import io.github.lora4j.autograd.Parameter;
import java.util.List;

/** Clipping of gradients by their norm, as {@code torch.nn.utils.clip_grad_norm_} does it. */
public final class GradientClipping {
  private GradientClipping() {}

  /** The norm of all gradients together. */
  public static double norm(List<Parameter> parameters) {
    double sum = 0;
    for (Parameter parameter : parameters) {
      float[] g = parameter.grad().data();
      for (int i = 0; i < parameter.grad().size(); i++) {
        sum += (double) g[i] * g[i];
      }
    }
    return Math.sqrt(sum);
  }

  /**
   * Scales all gradients so that their norm is at most {@code maxNorm}.
   *
   * @param maxNorm greater than 0
   * @return the norm before
   */
  public static double clip(List<Parameter> parameters, double maxNorm) {
    if (!(maxNorm > 0)) {
      throw new IllegalArgumentException("max_grad_norm is " + maxNorm + ", must be above 0");
    }
    double norm = norm(parameters);
    double factor = maxNorm / (norm + 1e-6);
    if (factor < 1) {
      float scale = (float) factor;
      for (Parameter parameter : parameters) {
        float[] g = parameter.grad().data();
        for (int i = 0; i < parameter.grad().size(); i++) {
          g[i] *= scale;
        }
      }
    }
    return norm;
  }
}
