package io.github.lora4j.models.weights;

import io.github.lora4j.compute.Compute;
import io.github.lora4j.quant.FourBitMatrix;
import io.github.lora4j.quant.QuantConfig;
import io.github.lora4j.quant.Quantizer;
import io.github.lora4j.tensor.FrozenMatrix;

/** The form in which a model holds the weights of its linear layers. */
public interface WeightFormat {
  /** Float32, in the order in which the kernels in use read them. */
  WeightFormat FLOAT32 = new Float32();

  /** Four bits, quantized when the model is loaded. */
  static WeightFormat quantized(QuantConfig config) {
    return new FourBit(new Quantizer(config));
  }

  /** Tells formats apart, for example {@code nf4/64}. */
  String id();

  /**
   * Stores a weight.
   *
   * @param w row-major {@code [out, in]}, finite; not kept
   */
  FrozenMatrix store(Compute compute, float[] w, int out, int in);

  /** Bytes that {@link #store} takes for a weight of this shape: float32, if not overridden. */
  default long bytes(int out, int in) {
    return (long) Float.BYTES * out * in;
  }

  /** See {@link #FLOAT32}. */
  record Float32() implements WeightFormat {
    @Override
    public String id() {
      return "float32";
    }

    @Override
    public FrozenMatrix store(Compute compute, float[] w, int out, int in) {
      return compute.gemm().dense(w, out, in);
    }
  }

  /** See {@link #quantized}. */
  record FourBit(Quantizer quantizer) implements WeightFormat {
    @Override
    public String id() {
      QuantConfig config = quantizer.config();
      String scales = config.doubleQuant() ? "/double" : "";
      return config.type().id() + "/" + config.blockSize() + scales;
    }

    @Override
    public FrozenMatrix store(Compute compute, float[] w, int out, int in) {
      return new FourBitMatrix(compute.kernels(), quantizer.quantize(compute.pool(), w, out, in));
    }

    @Override
    public long bytes(int out, int in) {
      return quantizer.config().bytes(out, in);
    }
  }
}
