package io.github.lora4j.compute;

/** Float32 functions for one value, twins of the polynomials that the vector kernels evaluate. */
final class ScalarMath {
  static final float LOG2_E = 1.442695041f;
  static final float LN2_HIGH = 0.693359375f;
  static final float LN2_LOW = -2.12194440e-4f;

  /** Adding it rounds a float below 2^22 to an integer, which then stands in the low bits. */
  static final float ROUND = 12582912f;

  static final float EXP_MIN = -87f;
  static final float EXP_MAX = 88f;
  static final float SQRT_HALF = 0.70710678118f;
  static final float INV_SQRT_2PI = 0.3989422804f;

  static final float SQRT_2_OVER_PI = 0.7978845608f;
  static final float GELU_CUBIC = 0.044715f;

  private ScalarMath() {}

  /** e to the power x; x is clamped to [-87, 88]. Relative error below 2e-7. */
  static float exp(float x) {
    if (x < EXP_MIN) {
      return 0f;
    }
    float clamped = Math.min(EXP_MAX, x);
    float shifted = clamped * LOG2_E + ROUND;
    float n = shifted - ROUND;
    float r = clamped - n * LN2_HIGH - n * LN2_LOW;
    float p = 1.9875691500e-4f;
    p = p * r + 1.3981999507e-3f;
    p = p * r + 8.3334519073e-3f;
    p = p * r + 4.1665795894e-2f;
    p = p * r + 1.6666665459e-1f;
    p = p * r + 5.0000001201e-1f;
    p = p * r * r + r + 1f;
    return p * Float.intBitsToFloat((Float.floatToRawIntBits(shifted) << 23) + 0x3f800000);
  }

  /**
   * The error function as a rational function on [-4, 4], beyond which float32 cannot tell it from
   * 1.
   */
  static float erf(float x) {
    float c = Math.max(-4f, Math.min(4f, x));
    float s = c * c;
    float p = -2.72614225801306e-10f;
    p = p * s + 2.77068142495902e-08f;
    p = p * s - 2.10102402082508e-06f;
    p = p * s - 5.69250639462346e-05f;
    p = p * s - 7.34990630326855e-04f;
    p = p * s - 2.95459980854025e-03f;
    p = p * s - 1.60960333262415e-02f;
    float q = -1.45660718464996e-05f;
    q = q * s - 2.13374055278905e-04f;
    q = q * s - 1.68282697438203e-03f;
    q = q * s - 7.37332916720468e-03f;
    q = q * s - 1.42647390514189e-02f;
    return c * p / q;
  }

  static float gelu(float x) {
    return 0.5f * x * (1f + erf(x * SQRT_HALF));
  }

  static float geluDerivative(float x) {
    return 0.5f * (1f + erf(x * SQRT_HALF)) + x * INV_SQRT_2PI * exp(-0.5f * x * x);
  }

  /** Relative error below 1e-6 but near 0, where the absolute error is below 1e-7. */
  static float tanh(float x) {
    return 1f - 2f / (exp(2f * x) + 1f);
  }

  static float geluTanh(float x) {
    return 0.5f * x * (1f + tanh(geluTanhArgument(x)));
  }

  static float geluTanhDerivative(float x) {
    float t = tanh(geluTanhArgument(x));
    float slope = SQRT_2_OVER_PI * (1f + 3f * GELU_CUBIC * x * x);
    return 0.5f * (1f + t) + 0.5f * x * (1f - t * t) * slope;
  }

  static float sigmoid(float x) {
    return 1f / (1f + exp(-x));
  }

  static float siluDerivative(float x) {
    float s = sigmoid(x);
    return s * (1f + x * (1f - s));
  }

  private static float geluTanhArgument(float x) {
    return SQRT_2_OVER_PI * x * (1f + GELU_CUBIC * x * x);
  }
}
