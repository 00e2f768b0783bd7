package io.github.lora4j.train;

import io.github.lora4j.autograd.Parameter;
import io.github.lora4j.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** {@code y = w x + b} with inputs dropped by the seed; evaluations may be given instead. */
final class LeastSquares implements TrainingTask {
  private static final int FEATURES = 3;

  private final Parameter w;
  private final Parameter b = new Parameter("b", Tensor.zeros(1));
  private final float[][] x;
  private final float[] y;
  private final double dropout;
  private final List<Evaluation> scripted = new ArrayList<>();
  private double lossFactor = 1;

  LeastSquares(int examples, double dropout) {
    this(examples, dropout, FEATURES);
  }

  LeastSquares(int examples, double dropout, int features) {
    this.dropout = dropout;
    w = new Parameter("w", Tensor.zeros(features));
    x = new float[examples][features];
    y = new float[examples];
    Random random = new Random(5);
    for (int i = 0; i < examples; i++) {
      for (int j = 0; j < features; j++) {
        x[i][j] = (float) random.nextGaussian();
        y[i] += (j + 1) * x[i][j];
      }
    }
  }

  /** The results of the coming evaluations, by their accuracies and losses. */
  LeastSquares withEvaluations(Evaluation... evaluations) {
    scripted.addAll(List.of(evaluations));
    return this;
  }

  /** Multiplies every loss, to make it overflow. */
  LeastSquares withLossFactor(double factor) {
    lossFactor = factor;
    return this;
  }

  @Override
  public int examples() {
    return y.length;
  }

  @Override
  public List<Parameter> parameters() {
    return List.of(w, b);
  }

  @Override
  public BatchLoss accumulate(int[] examples, double divisor, long seed) {
    Random random = new Random(seed);
    double sum = 0;
    for (int example : examples) {
      float[] kept = x[example].clone();
      for (int j = 0; j < kept.length; j++) {
        kept[j] = random.nextDouble() < dropout ? 0 : kept[j];
      }
      double residual = residual(kept, y[example]);
      sum += lossFactor * residual * residual / 2;
      for (int j = 0; j < kept.length; j++) {
        w.grad().data()[j] += (float) (lossFactor * residual * kept[j] / divisor);
      }
      b.grad().data()[0] += (float) (lossFactor * residual / divisor);
    }
    return new BatchLoss(sum, examples.length, 7L * examples.length);
  }

  @Override
  public Evaluation evaluate() {
    if (!scripted.isEmpty()) {
      return scripted.remove(0);
    }
    double loss = 0;
    for (int i = 0; i < y.length; i++) {
      double residual = residual(x[i], y[i]);
      loss += residual * residual / 2;
    }
    return new Evaluation(loss / y.length, 0, y.length, 0);
  }

  private double residual(float[] features, float target) {
    double sum = b.value().data()[0] - target;
    for (int j = 0; j < features.length; j++) {
      sum += w.value().data()[j] * features[j];
    }
    return sum;
  }

  /** A copy of all values. */
  List<float[]> values() {
    return parameters().stream().map(p -> p.value().toArray()).toList();
  }
}
