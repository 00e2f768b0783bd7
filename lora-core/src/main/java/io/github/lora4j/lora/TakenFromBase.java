package io.github.lora4j.lora;

import io.github.lora4j.linalg.ThinQr;
import io.github.lora4j.linalg.TruncatedSvd;
import io.github.lora4j.tensor.FrozenMatrix;
import io.github.lora4j.tensor.Tensor;

/**
 * A and B that start as a part of a weight, as PEFT 0.21 finds them: {@code W = R + scaling * B A},
 * where R is left to train over. Deterministic; except for {@link LoraInit#PISSA_NITER}, BA is what
 * PEFT finds, up to rounding.
 */
public final class TakenFromBase {
  private static final long SEED = 0x5DEECE66DL;

  private TakenFromBase() {}

  /**
   * The factors of one weight.
   *
   * @param config with a start that {@linkplain LoraInit#takesFromBase takes from the base}
   * @param module the name of the layer, which decides rank and scaling
   * @throws IllegalArgumentException if the start takes nothing, the rank is larger than a side of
   *     the weight, the scaling is not positive for PiSSA, or a weight is not finite
   */
  public static LoraFactors.Factors of(LoraConfig config, String module, FrozenMatrix weight) {
    int out = weight.out();
    int in = weight.in();
    int r = config.rank(module);
    LoraFactors.requireRank(r, in, out, module);
    float[] w = new float[Math.multiplyExact(out, in)];
    for (int row = 0; row < out; row++) {
      weight.decodeRow(row, w, row * in);
    }
    try {
      return switch (config.initLoraWeights()) {
        case PISSA -> pissa(TruncatedSvd.of(w, out, in, r), config.scaling(module));
        case PISSA_NITER ->
            pissa(
                TruncatedSvd.approximate(w, out, in, r, config.pissaIterations(), SEED),
                config.scaling(module));
        case OLORA -> olora(ThinQr.of(w, out, in, r), out, in);
        default ->
            throw new IllegalArgumentException(
                "init_lora_weights = "
                    + config.initLoraWeights().value()
                    + " takes nothing from the base");
      };
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(module + ": " + e.getMessage(), e);
    }
  }

  /** Half of each singular value in A and half in B, so that scaling * BA is what was found. */
  private static LoraFactors.Factors pissa(TruncatedSvd svd, double scaling) {
    if (!(scaling > 0)) {
      throw new IllegalArgumentException(
          "PiSSA needs a positive scaling (lora_alpha / r), not " + scaling);
    }
    int r = svd.rank();
    float[] a = new float[r * svd.cols()];
    float[] b = new float[svd.rows() * r];
    for (int k = 0; k < r; k++) {
      double root = Math.sqrt(svd.s()[k] / scaling);
      for (int c = 0; c < svd.cols(); c++) {
        a[k * svd.cols() + c] = (float) (root * svd.vt()[k * svd.cols() + c]);
      }
      for (int row = 0; row < svd.rows(); row++) {
        b[row * r + k] = (float) (root * svd.u()[row * r + k]);
      }
    }
    return new LoraFactors.Factors(Tensor.of(a, r, svd.cols()), Tensor.of(b, svd.rows(), r));
  }

  private static LoraFactors.Factors olora(ThinQr qr, int out, int in) {
    return new LoraFactors.Factors(
        Tensor.of(narrowed(qr.r()), qr.rank(), in), Tensor.of(narrowed(qr.q()), out, qr.rank()));
  }

  private static float[] narrowed(double[] values) {
    float[] narrow = new float[values.length];
    for (int i = 0; i < narrow.length; i++) {
      narrow[i] = (float) values[i];
    }
    return narrow;
  }
}
