package io.github.lora4j.models.decoder;

import io.github.lora4j.models.config.ConfigFields;
import java.util.function.DoubleUnaryOperator;

/**
 * Inverse frequencies of a rotary embedding and how they change for long texts, by the names and
 * formulas of transformers' {@code rope_type}. Immutable and thread-safe.
 */
interface RotaryScaling {
  /**
   * The inverse frequency of each pair.
   *
   * @param length of the sequence so far
   */
  float[] frequencies(int length);

  /** Up to this length frequencies do not depend on the length. */
  default int steadyLength() {
    return Integer.MAX_VALUE;
  }

  /** What cosines and sines are multiplied by. */
  default float attentionFactor() {
    return 1f;
  }

  /** Frequencies that do not depend on the length. */
  record Fixed(float[] values, float attentionFactor) implements RotaryScaling {
    @Override
    public float[] frequencies(int length) {
      return values;
    }
  }

  /** {@code theta ^ (-2 i / dim)}. */
  static float[] plain(double theta, int dim) {
    float[] values = new float[dim / 2];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) (1.0 / (float) Math.pow(theta, (float) (2 * i) / dim));
    }
    return values;
  }

  private static float[] map(float[] values, DoubleUnaryOperator f) {
    float[] mapped = new float[values.length];
    for (int i = 0; i < values.length; i++) {
      mapped[i] = (float) f.applyAsDouble(values[i]);
    }
    return mapped;
  }

  /** All frequencies divided by a factor. */
  static RotaryScaling linear(double theta, int dim, double factor) {
    return new Fixed(map(plain(theta, dim), f -> f / factor), 1f);
  }

  /** A base that grows with the length beyond that of the training ("NTK-aware" scaling). */
  static RotaryScaling dynamic(double theta, int dim, double factor, int maxPositions) {
    float[] within = plain(theta, dim);
    return new RotaryScaling() {
      @Override
      public float[] frequencies(int length) {
        if (length <= maxPositions) {
          return within;
        }
        double growth = factor * length / maxPositions - (factor - 1);
        return plain(theta * Math.pow(growth, dim / (dim - 2.0)), dim);
      }

      @Override
      public int steadyLength() {
        return maxPositions;
      }
    };
  }

  /**
   * Low frequencies divided, high ones kept, those between blended: Llama 3.1.
   *
   * @param original positions of the first training
   */
  static RotaryScaling llama3(double theta, int dim, double original, ConfigFields fields) {
    double factor = fields.number("factor");
    double low = fields.number("low_freq_factor");
    double high = fields.number("high_freq_factor");
    return new Fixed(
        map(
            plain(theta, dim),
            f -> {
              double wavelength = 2 * Math.PI / f;
              if (wavelength > original / low) {
                return f / factor;
              }
              if (wavelength < original / high) {
                return f;
              }
              double smooth = (original / wavelength - low) / (high - low);
              return (1 - smooth) * f / factor + smooth * f;
            }),
        1f);
  }

  /** Peng et al., "YaRN: Efficient Context Window Extension of Large Language Models", 2023. */
  static RotaryScaling yarn(
      double theta, int dim, int maxPositions, double original, ConfigFields fields) {
    double factor = fields.number("factor", maxPositions / original);
    double mscale = fields.number("mscale", 0);
    double mscaleAll = fields.number("mscale_all_dim", 0);
    double attention =
        mscale != 0 && mscaleAll != 0
            ? mscale(factor, mscale) / mscale(factor, mscaleAll)
            : mscale(factor, 1);
    boolean truncate = fields.bool("truncate", true);
    double fast = turn(fields.number("beta_fast", 32), dim, theta, original);
    double slow = turn(fields.number("beta_slow", 1), dim, theta, original);
    double low = Math.max(truncate ? Math.floor(fast) : fast, 0);
    double high = Math.min(truncate ? Math.ceil(slow) : slow, dim - 1);
    double width = low == high ? 0.001 : high - low;
    float[] values = plain(theta, dim);
    for (int i = 0; i < values.length; i++) {
      double ramp = Math.min(1, Math.max(0, (i - low) / width));
      values[i] = (float) (values[i] / factor * ramp + values[i] * (1 - ramp));
    }
    return new Fixed(values, (float) fields.number("attention_factor", attention));
  }

  private static double mscale(double scale, double mscale) {
    return scale <= 1 ? 1 : 0.1 * mscale * Math.log(scale) + 1;
  }

  /** The pair that turns so often within the original length. */
  private static double turn(double rotations, int dim, double theta, double original) {
    return dim * Math.log(original / (rotations * 2 * Math.PI)) / (2 * Math.log(theta));
  }

  /** A factor for each pair, another one beyond the original length: Phi-3. */
  static RotaryScaling longrope(
      double theta, int dim, int maxPositions, double original, ConfigFields fields) {
    double factor = fields.number("factor", maxPositions / original);
    double attention = factor <= 1 ? 1 : Math.sqrt(1 + Math.log(factor) / Math.log(original));
    float attentionFactor = (float) fields.number("attention_factor", attention);
    float[] within = divided(theta, dim, fields, "short_factor");
    float[] beyond = divided(theta, dim, fields, "long_factor");
    return new RotaryScaling() {
      @Override
      public float[] frequencies(int length) {
        return length > original ? beyond : within;
      }

      @Override
      public int steadyLength() {
        return (int) original;
      }

      @Override
      public float attentionFactor() {
        return attentionFactor;
      }
    };
  }

  /** The factors that a GGUF file holds for each pair. */
  static RotaryScaling factors(double theta, int dim, ConfigFields fields) {
    return new Fixed(divided(theta, dim, fields, "factors"), 1f);
  }

  private static float[] divided(double theta, int dim, ConfigFields fields, String name) {
    double[] factors = fields.numbers(name);
    if (factors.length != dim / 2) {
      throw fields.unsupported(name, dim / 2 + " factors");
    }
    float[] values = plain(theta, dim);
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) (values[i] / factors[i]);
    }
    return values;
  }
}
