package io.github.lora4j.lora;

import io.github.lora4j.tensor.Tensor;
import java.util.Random;

/** Initial values of A and B for one layer, as PEFT sets them. Deterministic in the seed. */
public final class LoraFactors {
  private LoraFactors() {}

  /**
   * A and B.
   *
   * @param a {@code [r, in]}
   * @param b {@code [out, r]}
   */
  public record Factors(Tensor a, Tensor b) {}

  /**
   * The factors of a layer.
   *
   * @param layer its name, for messages
   * @throws IllegalArgumentException if r is not in 1 to min(in, out), or odd with {@link
   *     LoraInit#ORTHOGONAL}, or the start depends on weights, as {@link LoraInit#LOFTQ} and {@link
   *     LoraInit#PISSA}
   */
  public static Factors init(LoraInit init, int r, int in, int out, long seed, String layer) {
    requireRank(r, in, out, layer);
    Random random = new Random(seed);
    return switch (init) {
      case KAIMING -> new Factors(uniform(r, in, 1 / Math.sqrt(in), random), Tensor.zeros(out, r));
      case RANDOM ->
          new Factors(
              uniform(r, in, 1 / Math.sqrt(in), random), uniform(out, r, 1 / Math.sqrt(r), random));
      case GAUSSIAN -> new Factors(normal(r, in, 1.0 / r, random), Tensor.zeros(out, r));
      case ORTHOGONAL -> orthogonal(r, in, out, random, layer);
      case LOFTQ, PISSA, PISSA_NITER, OLORA ->
          throw new IllegalArgumentException(
              (init == LoraInit.LOFTQ ? "LoftQ" : "init_lora_weights = " + init.value())
                  + " starts from the weights of the base, which were not given (layer "
                  + layer
                  + ")");
      case EVA ->
          throw new IllegalArgumentException(
              "init_lora_weights = eva starts from data, which is not supported");
    };
  }

  /**
   * The factors of an embedding: A is zero, since it has a column for each entry.
   *
   * @param entries columns of A
   * @param features rows of B
   * @throws IllegalArgumentException as {@link #init}, and for a start that is not one of an
   *     embedding
   */
  public static Factors ofEmbedding(
      LoraInit init, int r, int entries, int features, long seed, String layer) {
    requireRank(r, entries, features, layer);
    Random random = new Random(seed);
    return switch (init) {
      case KAIMING, GAUSSIAN ->
          new Factors(Tensor.zeros(r, entries), normal(features, r, 1, random));
      case RANDOM -> new Factors(normal(r, entries, 1, random), normal(features, r, 1, random));
      default ->
          throw new IllegalArgumentException(
              "init_lora_weights = " + init.value() + " does not start embeddings (" + layer + ")");
    };
  }

  private static Tensor uniform(int rows, int cols, double bound, Random random) {
    float[] values = new float[rows * cols];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) ((2 * random.nextDouble() - 1) * bound);
    }
    return Tensor.of(values, rows, cols);
  }

  private static Tensor normal(int rows, int cols, double deviation, Random random) {
    float[] values = new float[rows * cols];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) (random.nextGaussian() * deviation);
    }
    return Tensor.of(values, rows, cols);
  }

  /** A from the even rows of an orthogonal matrix, B from the odd ones, so that BA is zero. */
  private static Factors orthogonal(int r, int in, int out, Random random, String layer) {
    if (r % 2 != 0) {
      throw new IllegalArgumentException(
          "r is " + r + ", must be even for orthogonal initialisation (layer " + layer + ")");
    }
    double[][] q = orthonormalRows(r, random);
    float[] a = new float[r * in];
    float[] b = new float[out * r];
    for (int half = 0; half < r / 2; half++) {
      for (int i = 0; i < in; i++) {
        double g = random.nextGaussian() / 10;
        for (int j = 0; j < r; j++) {
          a[j * in + i] += (float) (g * q[2 * half][j]);
        }
      }
      for (int o = 0; o < out; o++) {
        double g = random.nextGaussian() / 10;
        for (int j = 0; j < r; j++) {
          b[o * r + j] += (float) (g * q[2 * half + 1][j]);
        }
      }
    }
    return new Factors(Tensor.of(a, r, in), Tensor.of(b, out, r));
  }

  private static double[][] orthonormalRows(int n, Random random) {
    double[][] q = new double[n][n];
    for (int i = 0; i < n; i++) {
      for (int j = 0; j < n; j++) {
        q[i][j] = random.nextGaussian();
      }
      for (int k = 0; k < i; k++) {
        double dot = dot(q[i], q[k]);
        for (int j = 0; j < n; j++) {
          q[i][j] -= dot * q[k][j];
        }
      }
      double norm = Math.sqrt(dot(q[i], q[i]));
      for (int j = 0; j < n; j++) {
        q[i][j] /= norm;
      }
    }
    return q;
  }

  private static double dot(double[] x, double[] y) {
    double sum = 0;
    for (int i = 0; i < x.length; i++) {
      sum += x[i] * y[i];
    }
    return sum;
  }

  static void requireRank(int r, int in, int out, String layer) {
    if (r < 1 || r > Math.min(in, out)) {
      throw new IllegalArgumentException(
          "r is "
              + r
              + ", must be from 1 to min(in, out) = "
              + Math.min(in, out)
              + " (layer "
              + layer
              + ", "
              + out
              + " x "
              + in
              + ")");
    }
  }
}
