package io.github.lora4j.quant;

import io.github.lora4j.compute.WorkerPool;
import io.github.lora4j.linalg.TruncatedSvd;
import io.github.lora4j.lora.LoraFactors;
import io.github.lora4j.tensor.Tensor;

/**
 * LoftQ (Li et al., 2023, arXiv 2310.08659): quantized weights Q and a start of A and B with {@code
 * Q + B A} near W, as PEFT 0.21's {@code loftq_init} finds them. In turn W - BA is quantized, and
 * BA becomes the best approximation of W - Q of rank r: with {@code W - Q = U diag(s) Vᵀ}, B is
 * {@code U √s} and A is {@code √s Vᵀ}. Like PEFT's, the start leaves out the scaling of the update,
 * so it is meant for {@code alpha = r}. Nothing is random. Stateless and thread-safe.
 */
public final class LoftQ {
  private LoftQ() {}

  /**
   * Weights and the start of an adapter over them.
   *
   * @param weights Q
   * @param factors A {@code [r, in]} and B {@code [out, r]}
   */
  public record Start(FourBitWeights weights, LoraFactors.Factors factors) {}

  /**
   * Quantizes weights and finds a start. After one iteration Q is the plain quantization of W.
   *
   * @param quantizer how to pack; PEFT's is NF4 with blocks of 64 and plain scales
   * @param w row-major {@code [out, in]}, all finite
   * @param r rank, from 1 to min(out, in)
   * @param iterations at least 1
   * @throws IllegalArgumentException if a value is out of range or not finite, or less than rank r
   *     remains, so that a part of the adapter could never learn
   */
  public static Start init(
      WorkerPool pool, Quantizer quantizer, float[] w, int out, int in, int r, int iterations) {
    if (iterations < 1) {
      throw new IllegalArgumentException("loftq_iter = " + iterations + " must be at least 1");
    }
    FourBitWeights weights = quantizer.quantize(pool, w, out, in);
    LoraFactors.Factors factors = factors(weights, w, r);
    for (int i = 1; i < iterations; i++) {
      weights = quantizer.quantize(pool, withoutUpdate(pool, w, factors), out, in);
      factors = factors(weights, w, r);
    }
    return new Start(weights, factors);
  }

  /**
   * Checks that a start gains something under a scaling of the update. PEFT's LoftQ leaves the
   * scaling out, so Q + scaling BA is nearest to W with a scaling of 1, and from 2 on no nearer
   * than Q alone.
   *
   * @param scaling {@code alpha / r}, or {@code alpha / sqrt(r)}
   * @throws IllegalArgumentException if it is not between 0 and 2
   */
  public static void requireScaling(double scaling) {
    if (!(scaling > 0 && scaling < 2)) {
      throw new IllegalArgumentException(
          "with a scaling (lora_alpha / r) of "
              + scaling
              + " a LoftQ start is no better than none: it must be between 0 and 2, best 1");
    }
  }

  /**
   * The start over weights that are quantized already, as PEFT's {@code replace_lora_weights_loftq}
   * finds it.
   *
   * @param weights Q
   * @param w W, as long as Q, all finite
   * @param r rank, from 1 to min(out, in)
   * @throws IllegalArgumentException as for {@link #init}
   */
  public static LoraFactors.Factors factors(FourBitWeights weights, float[] w, int r) {
    int out = weights.out();
    int in = weights.in();
    float[] residual = weights.dequantize();
    if (w.length != residual.length) {
      throw new IllegalArgumentException(
          "a [" + out + ", " + in + "] matrix does not fit " + w.length + " weights");
    }
    for (int i = 0; i < residual.length; i++) {
      residual[i] = w[i] - residual[i];
    }
    TruncatedSvd svd = TruncatedSvd.of(residual, out, in, r);
    if (svd.s()[r - 1] == 0) {
      throw new IllegalArgumentException(
          "LoftQ has nothing of rank "
              + r
              + " to start from: 4 bits hold this ["
              + out
              + ", "
              + in
              + "] matrix almost exactly");
    }
    float[] a = new float[r * in];
    float[] b = new float[out * r];
    for (int k = 0; k < r; k++) {
      double root = Math.sqrt(svd.s()[k]);
      for (int c = 0; c < in; c++) {
        a[k * in + c] = (float) (root * svd.vt()[k * in + c]);
      }
      for (int row = 0; row < out; row++) {
        b[row * r + k] = (float) (root * svd.u()[row * r + k]);
      }
    }
    return new LoraFactors.Factors(Tensor.of(a, r, in), Tensor.of(b, out, r));
  }

  /** W - BA; each sum is in one order, whatever the number of threads. */
  private static float[] withoutUpdate(WorkerPool pool, float[] w, LoraFactors.Factors factors) {
    int r = factors.a().rows();
    int in = factors.a().cols();
    float[] a = factors.a().data();
    float[] b = factors.b().data();
    float[] rest = new float[w.length];
    pool.forRanges(
        factors.b().rows(),
        16,
        (from, to) -> {
          for (int row = from; row < to; row++) {
            for (int c = 0; c < in; c++) {
              float update = 0;
              for (int k = 0; k < r; k++) {
                update += b[row * r + k] * a[k * in + c];
              }
              rest[row * in + c] = w[row * in + c] - update;
            }
          }
        });
    return rest;
  }
}
