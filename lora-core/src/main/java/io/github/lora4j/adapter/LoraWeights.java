package io.github.lora4j.adapter;

import io.github.lora4j.tensor.Tensor;
import java.util.Arrays;

/**
 * A and B of one module: the update is {@code scaling * B (A x)}, or with a magnitude DoRA's.
 * Immutable: arrays are copied in and out.
 *
 * @param r rank, at least 1
 * @param in features of x, at least 1
 * @param out features of the module's output, at least 1
 * @param a A, {@code r x in}, row-major, finite
 * @param b B, {@code out x r}, row-major, finite
 * @param scaling finite
 * @param magnitude DoRA's length of each row of the updated weight, {@code out} values, or null
 * @param bias what is added to B (A x), {@code out} values, or null
 * @param embedding whether the module is an embedding: {@code in} entries of {@code out} features,
 *     where x chooses a column of A
 */
public record LoraWeights(
    int r,
    int in,
    int out,
    float[] a,
    float[] b,
    float scaling,
    float[] magnitude,
    float[] bias,
    boolean embedding) {

  /** An update of a linear layer. */
  public LoraWeights(
      int r,
      int in,
      int out,
      float[] a,
      float[] b,
      float scaling,
      float[] magnitude,
      float[] bias) {
    this(r, in, out, a, b, scaling, magnitude, bias, false);
  }

  /** A plain update, with neither magnitude nor bias. */
  public LoraWeights(int r, int in, int out, float[] a, float[] b, float scaling) {
    this(r, in, out, a, b, scaling, null, null);
  }

  /**
   * Copies the arrays and checks them.
   *
   * @throws IllegalArgumentException if a length does not fit or a value is not finite
   */
  public LoraWeights {
    if (r < 1 || in < 1 || out < 1) {
      throw new IllegalArgumentException(
          "r = " + r + ", in = " + in + ", out = " + out + ": each must be at least 1");
    }
    if (!Float.isFinite(scaling)) {
      throw new IllegalArgumentException("scaling = " + scaling + " is not finite");
    }
    a = FiniteArrays.copy("A", a, (long) r * in);
    b = FiniteArrays.copy("B", b, (long) out * r);
    magnitude = magnitude == null ? null : FiniteArrays.copy("the magnitude", magnitude, out);
    bias = bias == null ? null : FiniteArrays.copy("the bias of B", bias, out);
    if (embedding && bias != null) {
      throw new IllegalArgumentException("the update of an embedding has no bias");
    }
  }

  /** A copy of A. */
  @Override
  public float[] a() {
    return a.clone();
  }

  /** A copy of B. */
  @Override
  public float[] b() {
    return b.clone();
  }

  /** A itself, {@code [r, in]}: only for what does not change it. */
  Tensor sharedA() {
    return Tensor.of(a, r, in);
  }

  /** B itself, {@code [out, r]}: only for what does not change it. */
  Tensor sharedB() {
    return Tensor.of(b, out, r);
  }

  /** A copy of the magnitude, or null. */
  @Override
  public float[] magnitude() {
    return magnitude == null ? null : magnitude.clone();
  }

  /** A copy of the bias, or null. */
  @Override
  public float[] bias() {
    return bias == null ? null : bias.clone();
  }

  /** Bytes of all values. */
  public long byteSize() {
    long rows = (magnitude == null ? 0 : out) + (bias == null ? 0 : out);
    return Float.BYTES * (a.length + b.length + rows);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof LoraWeights that
        && r == that.r
        && in == that.in
        && out == that.out
        && embedding == that.embedding
        && Float.compare(scaling, that.scaling) == 0
        && Arrays.equals(a, that.a)
        && Arrays.equals(b, that.b)
        && Arrays.equals(magnitude, that.magnitude)
        && Arrays.equals(bias, that.bias);
  }

  @Override
  public int hashCode() {
    return 31 * Arrays.hashCode(a) + Arrays.hashCode(b);
  }

  @Override
  public String toString() {
    return "LoraWeights[r=" + r + ", in=" + in + ", out=" + out + ", scaling=" + scaling + "]";
  }
}
