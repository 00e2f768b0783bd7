package io.github.lora4j.lora;

import io.github.lora4j.compute.Compute;
import io.github.lora4j.nd4j.Nd4jArrays;
import io.github.lora4j.tensor.Tensor;
import org.nd4j.linalg.api.ndarray.INDArray;

/** The settings of a {@link LoraLinear}; names and defaults are PEFT's. */
public final class LoraLinearBuilder {
  private final Tensor w;
  private Tensor bias;
  private String name = "linear";
  private int r = 8;
  private double alpha = 8;
  private double dropout;
  private long seed;

  LoraLinearBuilder(Tensor w) {
    if (w.shape().length != 2 || w.size() == 0) {
      throw new IllegalArgumentException("W must be a matrix [out, in], got " + w);
    }
    this.w = w;
  }

  /** The name of the layer, for messages and parameter names. */
  public LoraLinearBuilder name(String name) {
    this.name = name;
    return this;
  }

  /** The frozen bias, {@code [out]}. */
  public LoraLinearBuilder bias(INDArray bias) {
    return bias(Nd4jArrays.toTensor(bias));
  }

  /** The frozen bias, {@code [out]}. */
  public LoraLinearBuilder bias(Tensor bias) {
    this.bias = bias;
    return this;
  }

  /** The rank, from 1 to min(in, out); default 8. */
  public LoraLinearBuilder r(int r) {
    this.r = r;
    return this;
  }

  /** {@code lora_alpha}: the update is scaled by alpha / r; default 8. */
  public LoraLinearBuilder alpha(double alpha) {
    this.alpha = alpha;
    return this;
  }

  /** {@code lora_dropout} in [0, 1); default 0. */
  public LoraLinearBuilder dropout(double dropout) {
    this.dropout = dropout;
    return this;
  }

  /** The seed of A and of the dropout masks; default 0. */
  public LoraLinearBuilder seed(long seed) {
    this.seed = seed;
    return this;
  }

  int r() {
    return r;
  }

  double alpha() {
    return alpha;
  }

  double dropout() {
    return dropout;
  }

  long seed() {
    return seed;
  }

  /**
   * The layer, computing on {@code compute}, which stays the caller's.
   *
   * @throws IllegalArgumentException if a setting is out of range, a shape does not fit, or a
   *     weight is not finite
   */
  public LoraLinear build(Compute compute) {
    int out = w.rows();
    int in = w.cols();
    if (!Double.isFinite(alpha)) {
      throw new IllegalArgumentException("alpha is " + alpha + " (layer " + name + ")");
    }
    if (!(dropout >= 0 && dropout < 1)) {
      throw new IllegalArgumentException(
          "dropout is " + dropout + ", must be in [0, 1) (layer " + name + ")");
    }
    requireFinite("W", w);
    if (bias != null) {
      requireFinite("bias", bias);
      if (bias.size() != out) {
        throw new IllegalArgumentException(
            "bias has "
                + bias.size()
                + " elements but W has "
                + out
                + " rows (layer "
                + name
                + ")");
      }
    }
    LinearLayer base =
        new LinearLayer(
            name, compute.gemm().dense(w.data(), out, in), bias == null ? null : bias.toArray());
    return new LoraLinear(compute, base, this);
  }

  private void requireFinite(String what, Tensor tensor) {
    for (int i = 0; i < tensor.size(); i++) {
      if (!Float.isFinite(tensor.data()[i])) {
        throw new IllegalArgumentException(
            what
                + "["
                + i / tensor.cols()
                + ", "
                + i % tensor.cols()
                + "] is "
                + tensor.data()[i]
                + " (layer "
                + name
                + ")");
      }
    }
  }
}
